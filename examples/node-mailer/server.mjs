// PHP sends mail through Node: a page in PHP sends a task, and a Node library, nodemailer, does it.
//
//   browser ──► public/index.php ──task 'node-mailer'──► onTask() here ──► nodemailer ──► SMTP
//                      ▲                                      │
//                      └── updates: queued, sent ─────────────┘
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import nodemailer from 'nodemailer';
import { Runtime } from 'php-sidekick';

const here = fileURLToPath(new URL('.', import.meta.url));
const port = Number(process.env.PORT || 8080);
// Without a server to send to, messages are only composed.
const transport = nodemailer.createTransport(process.env.SMTP_URL || { jsonTransport: true });
const from = process.env.MAIL_FROM || 'php-sidekick <php@localhost>';

const php = await Runtime.start({ threads: 2 });
const app = await php.createScope({ name: 'node-mailer', root: `${here}public`, stopTimeout: 2_000 });

app.onTask(
  'node-mailer',
  async function* ({ to, subject, text }, { signal }) {
    yield { status: 'queued' };
    if (signal.aborted) return; // the page has gone: nobody would learn that it was sent
    const { messageId, accepted } = await transport.sendMail({ from, to, subject, text });
    return { status: 'sent', id: messageId, accepted: accepted?.length ?? 1 };
  },
  { concurrency: 4 },
);

const server = createServer(app.listener);
let stopping = false;
async function stop(exitCode) {
  if (stopping) return;
  stopping = true;
  process.exitCode = exitCode;
  server.close();
  server.closeAllConnections();
  await php.stop();
  transport.close();
}
process.on('SIGINT', () => stop(0));
process.on('SIGTERM', () => stop(0));
server.on('error', (error) => {
  console.error(error.message);
  stop(1);
});
server.listen(port, '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
