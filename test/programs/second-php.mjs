// Starts the runtime and prints what that leads to.
import { Runtime } from '../../dist/index.js';

try {
  const php = await Runtime.start({ threads: 1 });
  console.log(JSON.stringify({ started: php.phpVersion }));
  await php.stop();
} catch (error) {
  console.log(JSON.stringify({ code: error.code, message: error.message }));
}
