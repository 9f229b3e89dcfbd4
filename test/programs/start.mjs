// Loads php-sidekick from the folder that its first argument names, starts it, and prints what that leads to.
const { Runtime } = await import(`${process.argv[2]}/dist/index.js`);

try {
  const php = await Runtime.start({ threads: 1 });
  console.log(JSON.stringify({ started: php.phpVersion }));
  await php.stop();
} catch (error) {
  console.log(JSON.stringify({ name: error.name, code: error.code, message: error.message }));
}
