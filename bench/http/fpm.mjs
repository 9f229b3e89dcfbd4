// nginx in front of php-fpm, from Debian's packages: installed ones, or those that bench/http/build has unpacked.
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function answers(target) {
  return new Promise((resolve) => {
    const socket = connect(target, () => {
      socket.destroy();
      resolve(true);
    }).on('error', () => resolve(false));
  });
}

/** Starts both; {port, pids, stop}. */
export async function startFpm({ nginx, fpm, modules, folder, root, classes, threads }) {
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const socket = `${folder}/fpm.sock`;
  const user =
    process.getuid() === 0 ? 'user = nobody\ngroup = nogroup\nlisten.owner = nobody\nlisten.group = nogroup\n' : '';
  writeFileSync(
    `${folder}/fpm.conf`,
    `[global]\ndaemonize = no\nerror_log = ${folder}/fpm.log\nlog_level = warning\n[www]\n${user}listen = ${socket}\nlisten.mode = 0666\n` +
      `pm = static\npm.max_children = ${threads}\nclear_env = no\nenv[BENCH_CLASSES] = ${classes}\n` +
      'php_admin_value[opcache.validate_timestamps] = 0\nphp_admin_value[post_max_size] = 16M\n',
  );
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  writeFileSync(
    `${folder}/nginx.conf`,
    `daemon off;\npid ${folder}/nginx.pid;\nworker_processes 2;\nerror_log ${folder}/nginx.log;\n${process.getuid() === 0 ? 'user nobody nogroup;\n' : ''}` +
      `events { worker_connections 1024; }\nhttp {\n  access_log off;\n  keepalive_requests 1000000;\n  client_max_body_size 16m;\n  ${paths.join('\n  ')}\n` +
      `  upstream php { server unix:${socket}; keepalive 32; }\n` +
      `  server {\n    listen 127.0.0.1:${port};\n    root ${root};\n    location / {\n      fastcgi_pass php;\n      fastcgi_keep_conn on;\n      fastcgi_buffers 32 64k;\n      fastcgi_buffer_size 64k;\n` +
      [
        ['SCRIPT_FILENAME', '$document_root$fastcgi_script_name'],
        ['SCRIPT_NAME', '$fastcgi_script_name'],
        ['DOCUMENT_ROOT', '$document_root'],
        ['REQUEST_URI', '$request_uri'],
        ['REQUEST_METHOD', '$request_method'],
        ['QUERY_STRING', '$query_string'],
        ['CONTENT_TYPE', '$content_type'],
        ['CONTENT_LENGTH', '$content_length'],
        ['SERVER_PROTOCOL', '$server_protocol'],
        ['SERVER_NAME', '$server_name'],
        ['SERVER_PORT', '$server_port'],
        ['REMOTE_ADDR', '$remote_addr'],
        ['REMOTE_PORT', '$remote_port'],
        ['GATEWAY_INTERFACE', 'CGI/1.1'],
      ]
        .map(([name, value]) => `      fastcgi_param ${name} ${value};\n`)
        .join('') +
      '    }\n  }\n}\n',
  );
  const opcache = `${modules}/opcache.so`;
  const settings = ['-n', '-d', `zend_extension=${opcache}`, '-y', `${folder}/fpm.conf`];
  const as = process.getuid() === 0 ? ['--allow-to-run-as-root'] : [];
  const children = [
    spawn(fpm, ['--nodaemonize', ...as, ...settings], { stdio: 'ignore' }),
    spawn(nginx, ['-e', `${folder}/nginx.log`, '-p', folder, '-c', `${folder}/nginx.conf`], { stdio: 'ignore' }),
  ];
  const ended = children.map((child) => new Promise((resolve) => child.once('exit', resolve).once('error', resolve)));
  const stop = async () => {
    for (const child of children) child.kill('SIGTERM');
    await Promise.all(ended);
  };
  for (let time = 0; !((await answers({ path: socket })) && (await answers({ host: '127.0.0.1', port }))); time++) {
    if (time === 100) {
      await stop();
      throw new Error(`nginx or php-fpm did not start: see ${folder}`);
    }
    await sleep(50);
  }
  return { port, pids: children.map(({ pid }) => pid), stop };
}
