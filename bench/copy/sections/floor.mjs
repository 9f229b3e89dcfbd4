// What the machine itself costs: copying a MiB, and waking another thread.
export async function floor(bench) {
  for (let round = 0; round < bench.rounds; round++) {
    const [memcpy, wake] = await bench.hosts.main.call('read', 'floors', [bench.smoke ? 10 : 2000]);
    bench.add('floor', 'memcpy of 1 MiB', 'machine', memcpy);
    bench.add('floor', 'to another thread and back, condition variables', 'machine', wake);
  }
}
