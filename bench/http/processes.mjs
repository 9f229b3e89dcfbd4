// What a server and its children have used so far, from /proc.
import { readdirSync, readFileSync } from 'node:fs';

const TICKS = 100; // USER_HZ, a constant of the kernel's interface

/** The processes and all below them. */
export function familyOf(pids) {
  const parents = new Map();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = statOf(name);
    if (stat !== undefined) parents.set(Number(name), Number(stat[1]));
  }
  const family = new Set(pids);
  for (let grown = true; grown; ) {
    grown = false;
    for (const [pid, parent] of parents) {
      if (!family.has(parent) || family.has(pid)) continue;
      family.add(pid);
      grown = true;
    }
  }
  return [...family];
}

// Fields after the command's name, which may hold spaces and parentheses.
function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined; // has ended
  }
}

/** Seconds of CPU time. */
export function cpuOf(pids) {
  return pids.reduce((sum, pid) => {
    const stat = statOf(pid);
    return stat === undefined ? sum : sum + (Number(stat[11]) + Number(stat[12])) / TICKS;
  }, 0);
}

/** Bytes; what several processes share is divided among them. */
export function memoryOf(pids) {
  return pids.reduce((sum, pid) => {
    try {
      return sum + Number(/^Pss: +(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))[1]) * 1024;
    } catch {
      return sum;
    }
  }, 0);
}
