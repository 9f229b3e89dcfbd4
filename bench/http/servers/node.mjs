// node:http alone, doing the same in JavaScript: what is in front of every PHP here.
import { createServer } from 'node:http';

const download = Buffer.from('0123456789abcdef'.repeat(65_536));
const pages = {
  hello: (_request, response) => response.end('Hello, world!'),
  json(_request, response) {
    const items = Array.from({ length: 50 }, (_, at) => ({
      id: at + 1,
      name: `item ${at + 1}`,
      price: (at + 1) * 1.25,
      tags: ['a', 'b'],
    }));
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(items));
  },
  download: (_request, response) => response.end(download),
  upload(request, response) {
    let bytes = 0;
    request.on('data', (chunk) => {
      bytes += chunk.length;
    });
    request.on('end', () => response.end(String(bytes)));
  },
  sleep: (_request, response) => setTimeout(() => response.end('slept'), 20),
};
const server = createServer((request, response) => {
  const page = pages[request.url.slice(1, -4)];
  if (page === undefined) response.writeHead(404).end();
  else page(request, response);
}).listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
