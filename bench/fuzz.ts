/**
 * `npm run fuzz -- --minutes N [--seed S] [--only NAME] [--keep FOLDER]`: every parser and the whole flow on noise, damaged
 * real input and input made by grammar, one target after another, until the time is over. Prints what was tried of each;
 * keeps what failed, so that it becomes a regression test. `--only NAME --one SEED` runs one input again.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Count, type Failure, newCount, TARGETS, tryOne, WHOLE } from '../test/fuzz/fuzz.ts';
import { watch } from './fuzz-watch.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', multiple: true },
    one: { type: 'string' },
    keep: { type: 'string', default: 'bench/data/fuzz' },
  },
});
const targets = TARGETS.filter(({ name }) => values.only?.includes(name) ?? true);
if (targets.length === 0)
  throw new Error(`no such target; there are: ${TARGETS.map(({ name }) => name).join(', ')}`);

/** Milliseconds that a target has before it is the next one's turn: the more there is in it, the longer. */
const TURN = { whole: 6000, log: 3000, save: 3000, list: 3000, commands: 2000, other: 500 } as const;

function turnOf(target: string): number {
  if (WHOLE.has(target)) return TURN.whole;
  return target === 'log' || target === 'save' || target === 'list' || target === 'commands'
    ? TURN[target]
    : TURN.other;
}
/** Milliseconds after which an input is given up, and with it the run. */
const FOREVER = 120_000;
/** Failures of one kind that are kept. */
const ENOUGH = 3;

const begin = watch(
  targets.map(({ name }) => name),
  FOREVER,
);
const counts = new Map<string, Count>(targets.map(({ name }) => [name, newCount()]));
const kinds = new Map<string, number>();
mkdirSync(values.keep, { recursive: true });

function keep(failure: Failure): void {
  const { target, seed, error, text } = failure;
  const kind = `${target}: ${(error.split('\n')[0] ?? '').replace(/\d+/g, 'N').split(':').slice(0, 2).join(':')}`;
  const before = kinds.get(kind) ?? 0;
  kinds.set(kind, before + 1);
  if (before >= ENOUGH) return;
  const name = `${target.replaceAll(' ', '-')}-${seed}`;
  writeFileSync(join(values.keep, `${name}.input`), text);
  writeFileSync(join(values.keep, `${name}.error`), `${failure.origin}\n${error}\n`);
  process.stderr.write(
    `${target}, seed ${seed} (${failure.origin}): ${(error.split('\n')[0] ?? '').slice(0, 200)}\n`,
  );
}

function table(): string {
  const rows = [...counts].map(([name, count]) => [
    name,
    count.inputs.toLocaleString('en'),
    (count.characters / 1e6).toFixed(1),
    (count.milliseconds / 1000).toFixed(0),
    count.slowest.toFixed(0),
    String(count.failures),
  ]);
  const all = [['target', 'inputs', 'MB', 'cpu s', 'slowest ms', 'failures'], ...rows];
  const widths = all[0]?.map((_, i) => Math.max(...all.map((row) => row[i]?.length ?? 0))) ?? [];
  return all
    .map((row) =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
        .join('  '),
    )
    .join('\n');
}

async function main(): Promise<void> {
  if (values.one !== undefined) {
    for (const target of targets) {
      const failure = await tryOne(target, Number(values.one), newCount());
      process.stdout.write(`${target.name}: ${failure === null ? 'passes' : failure.error}\n`);
      if (failure !== null) writeFileSync(join(values.keep, 'one.input'), failure.text);
    }
    return;
  }
  const end = Date.now() + Number(values.minutes) * 60_000;
  let seed = Number(values.seed) * 1_000_003;
  let told = Date.now();
  while (Date.now() < end) {
    for (const target of targets) {
      const count = counts.get(target.name) ?? newCount();
      const turn = Math.min(end, Date.now() + turnOf(target.name));
      while (Date.now() < turn) {
        begin(target.name, seed);
        // What takes all memory cannot be told of afterwards.
        if (WHOLE.has(target.name)) writeFileSync(join(values.keep, 'now.txt'), `${target.name} ${seed}\n`);
        const failure = await tryOne(target, seed++, count);
        if (failure !== null) keep(failure);
      }
    }
    if (Date.now() - told > 60_000) {
      told = Date.now();
      writeFileSync(join(values.keep, 'counts.txt'), `${table()}\n`);
    }
  }
  writeFileSync(join(values.keep, 'counts.txt'), `${table()}\n`);
  process.stdout.write(`${table()}\n`);
  process.exitCode = [...counts.values()].some(({ failures }) => failures > 0) ? 1 : 0;
}

await main();
