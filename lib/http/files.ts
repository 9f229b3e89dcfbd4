// Static files, by the `send` package: ETag, Last-Modified, conditional requests, ranges, content types. Which paths
// are files to send at all is for routing.ts to say.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { PassThrough, Readable } from 'node:stream';
import send from 'send';
import { refuse } from './reply.js';

// send asks for a path as it is in URLs; routing.ts has decoded and checked it. What hides behind a dot has been decided
// there as well. Caching is for the application to allow: like Caddy's file server, no Cache-Control is sent.
const OPTIONS = { dotfiles: 'allow', index: false, cacheControl: false } as const;

/** Sends the file at `path` (decoded, beginning with a slash) below `root`. */
export function sendFile(root: string, path: string, request: IncomingMessage, response: ServerResponse): void {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    refuse(response, 405);
    return;
  }
  response.statusCode = 200; // Koa begins with 404
  const url = path.split('/').map(encodeURIComponent).join('/');
  send(request, url, { ...OPTIONS, root: root === '' ? '/' : root })
    .on('error', (error: { readonly status?: number }) => {
      if (response.headersSent) response.destroy();
      else refuse(response, error.status ?? 500);
    })
    .pipe(response);
}

/** The same for a Request of the Fetch standard. */
export function fileResponse(root: string, path: string, request: Request): Promise<Response> {
  const headers = Object.fromEntries(request.headers);
  const { method } = request;
  return new Promise((resolve) => {
    const catcher = new Catcher(method === 'HEAD', resolve);
    sendFile(root, path, { method, headers } as IncomingMessage, catcher as unknown as ServerResponse);
  });
}

/** As much of a ServerResponse as send uses; what is written to it becomes the body of a Response. */
class Catcher extends PassThrough {
  statusCode = 200;
  headersSent = false;
  readonly #headers = new Map<string, string>();
  readonly #isHead: boolean;
  readonly #resolve: (response: Response) => void;

  constructor(isHead: boolean, resolve: (response: Response) => void) {
    super();
    this.#isHead = isHead;
    this.#resolve = resolve;
  }

  setHeader(name: string, value: string | number): void {
    this.#headers.set(name.toLowerCase(), String(value));
  }

  getHeader(name: string): string | undefined {
    return this.#headers.get(name.toLowerCase());
  }

  getHeaderNames(): string[] {
    return [...this.#headers.keys()];
  }

  removeHeader(name: string): void {
    this.#headers.delete(name.toLowerCase());
  }

  override _transform(
    chunk: Buffer,
    encoding: BufferEncoding,
    callback: (error?: Error | null, data?: Buffer) => void,
  ) {
    this.#respond(false);
    super._transform(chunk, encoding, callback);
  }

  override _flush(callback: (error?: Error | null) => void): void {
    this.#respond(true);
    callback();
  }

  #respond(empty: boolean): void {
    if (this.headersSent) return;
    this.headersSent = true;
    const bodiless = empty || this.#isHead || this.statusCode === 304;
    const body = bodiless ? null : (Readable.toWeb(this) as ReadableStream<Uint8Array>);
    if (bodiless) this.resume();
    this.#resolve(new Response(body, { status: this.statusCode, headers: [...this.#headers] }));
  }
}
