{
  # The target that prebuildify and node-gyp-build know by name. It holds no source list: CMakeLists.txt is the one
  # build description, and scripts/setup drives it.
  'targets': [
    {
      'target_name': 'php_sidekick',
      'type': 'none',
      'actions': [
        {
          'action_name': 'cmake',
          'inputs': ['CMakeLists.txt'],
          'outputs': ['build/Release/php_sidekick.node'],
          'action': ['bash', 'scripts/setup', '--native-only'],
        },
      ],
    },
  ],
}
