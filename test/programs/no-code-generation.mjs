// Publishes and reads many objects of one shape in a process that may not generate code; prints what it read.
const { Runtime } = await import(`${process.argv[2]}/dist/index.js`);

let refused = false;
try {
  new Function('return 1');
} catch {
  refused = true;
}
const php = await Runtime.start({ threads: 1 });
const app = await php.createScope({ jsVars: ['rows'] });
const rows = Array.from({ length: 1000 }, (_, id) => ({ id, name: `row ${id}` }));
app.vars('rows').publish({ rows });
const read = app.vars('rows').current;
console.log(JSON.stringify({ refused, same: JSON.stringify(read) === JSON.stringify({ rows }) }));
await php.stop();
