// A scope behind a server on a free port, and clients that say what no HTTP library would.
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { modes } from './modes.js';

/** A server that is listening on 127.0.0.1. */
export class Front {
  readonly origin: string;
  readonly port: number;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    this.origin = `http://127.0.0.1:${this.port}`;
  }

  static async listen(listener: RequestListener, options: { readonly keepAliveTimeout?: number } = {}): Promise<Front> {
    const server = createServer(options, listener).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    return new Front(server);
  }

  /** A client that writes `bytes` and reads whatever comes. */
  raw(bytes: string | Buffer = ''): Raw {
    return new Raw(this.port, bytes);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A client on a socket of its own, one character a byte in both directions. */
export class Raw {
  readonly socket: Socket;
  /** All that came so far. */
  received = '';
  /** Settles when the connection is closed, by whoever and however. */
  readonly closed: Promise<string>;
  readonly #looking = new Set<() => void>();

  constructor(port: number, bytes: string | Buffer) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('error', () => {}); // a reset is an answer too
    this.socket.on('data', (chunk) => {
      this.received += chunk.toString('latin1');
      for (const look of this.#looking) look();
    });
    this.closed = new Promise((resolve) => {
      this.socket.on('close', () => {
        for (const look of this.#looking) look();
        resolve(this.received);
      });
    });
    if (bytes.length > 0) this.write(bytes);
  }

  write(bytes: string | Buffer): void {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** Resolves when `text` has come; rejects when the connection ends without it. */
  has(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = this.received.includes(text);
        if (!found && !this.socket.destroyed) return;
        this.#looking.delete(look);
        if (found) resolve();
        else reject(new Error(`the connection ended before '${text}' came: ${this.received.slice(0, 500)}`));
      };
      this.#looking.add(look);
      look();
    });
  }

  /** Statuses of the responses so far; 1xx too. */
  get statuses(): number[] {
    return [...this.received.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map((match) => Number(match[1]));
  }

  destroy(): void {
    this.socket.destroy();
  }
}

/** A request as text; `headers` are lines. */
export function request(line: string, headers: readonly string[] = [], body = ''): string {
  return `${line}\r\n${['Host: localhost', ...headers].join('\r\n')}\r\n\r\n${body}`;
}

/** `/classic.php…` and `/worker.php…`, for describe.each(). */
export const scripts = modes.map((mode) => [mode, `/${mode}.php`] as const);
