// The server of `php-sidekick serve`: HTTP/1.1, or HTTPS with HTTP/2 beside it; the access log; the graceful end.
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createSecureServer, type Http2SecureServer, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Listener } from '../../http/listener.js';
import { wrong } from './config.js';
import type { Settings } from './settings.js';

export class Front {
  readonly #server: Server | Http2SecureServer;
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #settings: Settings;
  readonly #sockets = new Set<Socket>();
  #closing = false;

  constructor(settings: Settings, listener: Listener) {
    this.#settings = settings;
    const serve = (request: IncomingMessage, response: ServerResponse): void => {
      // Whoever asks on an open connection while the server ends is served, and told to ask elsewhere next.
      if (this.#closing && request.httpVersionMajor < 2) response.setHeader('Connection', 'close');
      if (settings.accessLog) logAccess(request, response);
      listener(request, response);
    };
    if (settings.tls === undefined) {
      this.#server = createServer(serve);
      this.#server.on('connection', (socket: Socket) => this.#keep(socket));
      return;
    }
    const server = createSecureServer({ key: pem(settings.tls.key), cert: pem(settings.tls.cert), allowHTTP1: true });
    server.on('request', serve as never); // of HTTP/1.1, or of http2's compatibility layer
    server.on('session', (session) => {
      this.#sessions.add(session);
      session.on('close', () => this.#sessions.delete(session));
    });
    server.on('secureConnection', (socket) => this.#keep(socket));
    this.#server = server;
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
  }

  /** Listens; the URL to ask. */
  async open(): Promise<string> {
    const { host, port, tls } = this.#settings;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error) => reject(wrong(`cannot listen: ${error.message}`)));
      this.#server.listen(port, host, () => resolve());
    });
    const address = this.#server.address() as AddressInfo;
    const shown =
      host === undefined ? 'localhost' : address.family === 'IPv6' ? `[${address.address}]` : address.address;
    return `${tls === undefined ? 'http' : 'https'}://${shown}:${address.port}`;
  }

  /**
   * Takes no new connections; resolves when those that are there have had their responses, or are cut after `bound`
   * milliseconds.
   */
  close(bound: number): Promise<void> {
    this.#closing = true;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#cut(), bound);
      this.#server.close(() => {
        clearTimeout(timer);
        resolve();
      });
      for (const session of this.#sessions) session.close();
    });
  }

  #cut(): void {
    for (const session of this.#sessions) session.destroy();
    for (const socket of this.#sockets) socket.destroy();
  }
}

function pem(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw wrong(`the TLS file '${file}' cannot be read: ${(error as Error).message}`);
  }
}

function logAccess(request: IncomingMessage, response: ServerResponse): void {
  const started = performance.now();
  const { method, url, httpVersion, socket } = request;
  const remote = socket.remoteAddress;
  response.once('close', () => {
    const line = {
      time: new Date().toISOString(),
      remote,
      method,
      uri: url,
      protocol: `HTTP/${httpVersion}`,
      status: response.statusCode,
      completed: response.writableFinished,
      milliseconds: Math.round((performance.now() - started) * 1000) / 1000,
      agent: request.headers['user-agent'],
    };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  });
}
