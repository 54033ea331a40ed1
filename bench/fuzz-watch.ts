/**
 * Watches a loop from a thread of its own: an input that does not come to an end cannot be told of by the thread that
 * hangs on it. Then it says which input it is, and ends the process.
 */
import { Worker } from 'node:worker_threads';

const WATCHER = `
const { workerData: { shared, names, limit } } = require('node:worker_threads');
const { writeSync } = require('node:fs');
const [seed, target] = [0, 1];
const view = new Int32Array(shared);
let last = -1;
let since = Date.now();
setInterval(() => {
  const now = Atomics.load(view, seed);
  if (now !== last) [last, since] = [now, Date.now()];
  else if (Date.now() - since > limit) {
    writeSync(2, names[Atomics.load(view, target)] + ', seed ' + now + ': does not come to an end\\n');
    process.kill(process.pid, 'SIGKILL');
  }
}, 1000);
`;

/** @param limit milliseconds, of the clock, that one input may take */
export function watch(names: readonly string[], limit: number): (target: string, seed: number) => void {
  const shared = new SharedArrayBuffer(8);
  const view = new Int32Array(shared);
  const worker = new Worker(WATCHER, { eval: true, workerData: { shared, names, limit } });
  worker.unref();
  return (target, seed) => {
    Atomics.store(view, 1, names.indexOf(target));
    Atomics.store(view, 0, seed);
  };
}
