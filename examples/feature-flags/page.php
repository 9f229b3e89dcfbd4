<!doctype html>
<html lang="en" style="color-scheme: <?= $dark ? 'dark' : 'light' ?>">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>feature-flags · php-sidekick</title>
<link rel="icon" href="data:,">
<style>
  body { margin: 0 auto; max-width: 44rem; padding: 2.5rem 1.25rem; font: 16px/1.5 system-ui, "DejaVu Sans", sans-serif;
    background: light-dark(#f5f5f8, #15161b); color: light-dark(#1c1e26, #e9eaf0); }
  h1 { font-size: 1.45rem; margin: 0; }
  p { color: light-dark(#6a6e7c, #989dac); overflow-wrap: anywhere; }
  code { font: .9em ui-monospace, "DejaVu Sans Mono", monospace; }
  table { width: 100%; border-collapse: collapse; margin: 1.5rem 0;
    background: light-dark(#fff, #1e2027); border: 1px solid light-dark(#e3e4ea, #30333d); border-radius: .75rem; }
  td, th { text-align: left; padding: .6rem 1rem; border-top: 1px solid light-dark(#e3e4ea, #30333d); }
  thead th { border: 0; font-weight: 500; color: light-dark(#6a6e7c, #989dac); }
  .on { color: light-dark(#1b8a55, #4fc98c); font-weight: 600; }
  .off { color: light-dark(#6a6e7c, #989dac); }
  #error { color: light-dark(#c0392b, #ff8375); }
  input { font: inherit; padding: .35rem .6rem; border: 1px solid light-dark(#c9cbd5, #454956); border-radius: .4rem; }
</style>
</head>
<body>
<h1>feature-flags</h1>
<p>A library's own sidekick watches <code id="source"></code>. Edit the file; this page follows.</p>
<form><label>as user <input name="user" value="<?= htmlspecialchars($user) ?>" placeholder="nobody"></label></form>
<table><thead><tr><th>flag<th>for this user<th>rule</thead><tbody id="flags"></tbody></table>
<p id="error" role="alert"></p>
<script>
const element = (name, text, className = '') => Object.assign(document.createElement(name), { textContent: text, className });
const user = () => document.querySelector('input').value;
let shown = '';
async function show() {
  const asked = user();
  const answer = await fetch(`/flags?user=${encodeURIComponent(asked)}`).then((response) => response.text());
  if (answer === shown || asked !== user()) return;
  shown = answer;
  const { flags, source, error } = JSON.parse(answer);
  document.documentElement.style.colorScheme = flags['dark-mode']?.on ? 'dark' : 'light';
  document.querySelector('#source').textContent = source;
  document.querySelector('#error').textContent = error ?? '';
  document.querySelector('#flags').replaceChildren(...Object.entries(flags).map(([flag, { on, rule }]) => {
    const row = document.createElement('tr');
    row.dataset.flag = flag;
    const cell = document.createElement('td');
    cell.append(element('code', JSON.stringify(rule)));
    row.append(element('td', flag), element('td', on ? 'on' : 'off', on ? 'on' : 'off'), cell);
    return row;
  }));
}
document.querySelector('form').addEventListener('submit', (event) => event.preventDefault());
setInterval(() => show().catch(() => { document.querySelector('#error').textContent = 'the server is away'; shown = ''; }), 250);
show();
</script>
</body>
</html>
