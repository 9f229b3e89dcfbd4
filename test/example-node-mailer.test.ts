// Starts examples/node-mailer as a user does, in a process of its own, and sends mail from PHP.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const program = fileURLToPath(new URL('../examples/node-mailer/server.mjs', import.meta.url));

async function start(env: Record<string, string>): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, PORT: '0', SMTP_URL: '', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  for await (const chunk of child.stdout) {
    output += chunk;
    const line = /^listening on (\S+)$/m.exec(output);
    if (line) return { child, url: line[1]! };
  }
  throw new Error(`the example ended: ${output}`);
}

async function end(child: ChildProcess): Promise<unknown> {
  const ended = once(child, 'exit');
  child.kill('SIGINT');
  return (await ended)[0];
}

const post = (url: string, fields: Record<string, string>) =>
  fetch(url, { method: 'POST', body: new URLSearchParams(fields) });

/** Enough of a mail server: takes every message, but none for refused@. */
class MailServer {
  readonly messages: string[] = [];
  readonly #server: Server;

  constructor() {
    this.#server = createServer((socket) => {
      let body: string | undefined;
      let pending = '';
      socket.setEncoding('utf8').on('error', () => {});
      socket.on('data', (text) => {
        pending += text;
        for (let end = pending.indexOf('\r\n'); end >= 0; end = pending.indexOf('\r\n')) {
          const line = pending.slice(0, end);
          pending = pending.slice(end + 2);
          if (body !== undefined) {
            if (line === '.') {
              this.messages.push(body);
              body = undefined;
              socket.write('250 taken\r\n');
            } else body += `${line}\n`;
          } else if (/^DATA/i.test(line)) {
            body = '';
            socket.write('354 go on\r\n');
          } else if (/^QUIT/i.test(line)) socket.end('221 bye\r\n');
          else socket.write(/refused@/.test(line) ? '550 no such mailbox\r\n' : '250 ok\r\n');
        }
      });
      socket.write('220 test\r\n');
    });
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `smtp://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
  }
}

describe('examples/node-mailer', () => {
  const mail = new MailServer();
  let example: { readonly child: ChildProcess; readonly url: string };
  beforeAll(async () => {
    example = await start({ SMTP_URL: await mail.listen() });
  });
  afterAll(async () => {
    expect(await end(example.child)).toBe(0);
    mail.close();
  });

  it('J05 PHP sends a task, and a Node library serves it', async () => {
    const response = await post(example.url, { to: 'you@example.org', subject: 'Hello', text: 'from PHP: häß' });
    expect(await response.json()).toEqual([
      { status: 'queued' },
      { status: 'sent', id: expect.stringContaining('@'), accepted: 1 },
    ]);
    expect(mail.messages).toHaveLength(1);
    expect(mail.messages[0]).toMatch(/^To: you@example\.org$/m);
    expect(mail.messages[0]).toMatch(/^Subject: Hello$/m);
  });

  it('J05 what the library throws, PHP catches', async () => {
    const response = await post(example.url, { to: 'refused@example.org' });
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ error: expect.stringContaining('550 no such mailbox') });
    expect((await post(example.url, { to: 'nobody' })).status).toBe(422);
  });

  it('twenty at a time, four at once', async () => {
    const before = mail.messages.length;
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        post(example.url, { to: `you${at}@example.org`, text: 'x'.repeat(at * 100) }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(mail.messages.length).toBe(before + 20);
  });
});

describe('examples/node-mailer without a mail server', () => {
  it('composes messages', async () => {
    const { child, url } = await start({});
    expect(await (await fetch(url)).text()).toContain('<form method="post">');
    const response = await post(url, { to: 'you@example.org' });
    expect(await response.json()).toMatchObject([{ status: 'queued' }, { status: 'sent' }]);
    expect(await end(child)).toBe(0);
  });
});
