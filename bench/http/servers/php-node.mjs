// @platformatic/php-node behind node:http, as its README has it.
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { Php, Request } from '@platformatic/php-node';

const php = new Php({ docroot: fileURLToPath(new URL('../php', import.meta.url)) });

async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const server = createServer(async (request, response) => {
  const headers = Object.fromEntries(Object.entries(request.headersDistinct));
  const body = request.method === 'POST' ? await bodyOf(request) : undefined;
  const url = `http://${request.headers.host}${request.url}`;
  const answer = await php.handleRequest(new Request({ method: request.method, url, headers, body }));
  response.statusCode = answer.status;
  for (const [name, values] of answer.headers.entries()) response.setHeader(name, values);
  response.end(answer.body);
}).listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
