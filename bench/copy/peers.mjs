// Who is measured, in PHP: for each peer the statement that reads into `$v`, the one that publishes `$value`, and what
// has to be there before either. `@` stands for the payload's name, `#` for its number, FOLDER for the scripts' folder.

/** Names of the hosts: processes that differ in APCu's serializer, which is a setting of the process. */
export const HOSTS = { main: 'default', php: 'php', igbinary: 'igbinary' };

const REDIS = `$redis = new Redis(); $redis->connect('127.0.0.1', (int) getenv('BENCH_REDIS_PORT'));
    $redis->setOption(Redis::OPT_SERIALIZER, Redis::SERIALIZER_PHP);`;
const SHM_KEY = `(int) getenv('BENCH_SHM_KEY')`;
const SHM_SIZE = '32 << 20';

export const PEERS = [
  {
    id: 'ours',
    label: 'php-sidekick',
    read: `$v = frankenphp_get_vars('@');`,
    publish: 'frankenphp_set_vars($value);',
  },
  {
    id: 'call',
    label: 'empty internal call',
    read: `$v = bench_noop('@');`,
  },
  {
    id: 'include',
    label: 'opcache include',
    setup: `$file = 'FOLDER/include-@.php';`,
    read: `$v = include 'FOLDER/include-@.php';`,
    publish: `file_put_contents($file . '.new', '<?php return ' . var_export($value, true) . ';');
      rename($file . '.new', $file); opcache_invalidate($file, true);`,
    slow: true, // and each version takes new room in opcache's memory for good: published once a round
  },
  {
    id: 'copy',
    label: "FrankenPHP's way",
    read: `$v = bench_copy_fetch('@');`,
    publish: `bench_copy_store('@', $value);`,
  },
  {
    id: 'deep',
    label: 'deep persistent copy',
    publish: 'bench_deep_copy($value);',
  },
  ...Object.entries(HOSTS).map(([host, serializer]) => ({
    id: host === 'main' ? 'apcu' : `apcu-${host}`,
    label: `APCu, serializer ${serializer}`,
    host,
    needs: serializer === 'igbinary' ? ['apcu', 'igbinary'] : ['apcu'],
    read: `$v = apcu_fetch('@');`,
    publish: `apcu_store('@', $value);`,
  })),
  {
    id: 'shmop',
    label: 'shmop + serialize',
    setup: `$shm = shmop_open(${SHM_KEY} + #, 'c', 0600, ${SHM_SIZE});`,
    read: `$v = unserialize(shmop_read($shm, 8, unpack('P', shmop_read($shm, 0, 8))[1]));`,
    publish: `$text = serialize($value); shmop_write($shm, pack('P', strlen($text)) . $text, 0);`,
    unlocked: true, // a reader beside a writer needs a lock of its own making
    remove: 'shmop_delete($shm);',
  },
  {
    id: 'sysvshm',
    label: 'sysvshm',
    setup: `$shm = shm_attach(${SHM_KEY} + 10 + #, ${SHM_SIZE}, 0600);`,
    read: '$v = shm_get_var($shm, 1);',
    publish: 'shm_put_var($shm, 1, $value);',
    unlocked: true,
    remove: 'shm_remove($shm);',
  },
  {
    id: 'redis',
    label: 'Redis, phpredis',
    needs: ['redis', 'redis-server'],
    setup: REDIS,
    read: `$v = $redis->get('@');`,
    publish: `$redis->set('@', $value);`,
  },
];

/** The host that measures a peer. */
export const hostOf = (peer) => peer.host ?? 'main';
