/**
 * Bytes into lines: text, gzip and zstd, damaged, in pieces of any size. Undamaged text gives its own lines whatever
 * the pieces; damage is a diagnostic and the lines before it.
 */
import { gzipSync } from 'node:zlib';
import { openLogs } from '../../src/io/index.ts';
import type { Diagnostic } from '../../src/model/diagnostic.ts';
import { messageOf } from '../../src/report/index.ts';
import type { Dice } from '../kernel/generate/dice.ts';
import { demand, type Target } from './target.ts';

async function* piecesOf(bytes: Buffer, dice: Dice): AsyncGenerator<Uint8Array> {
  const most = dice.pick([1, 7, 100, 5000, 100_000]);
  const least = Math.max(1, bytes.length / 300);
  for (let at = 0; at < bytes.length; ) {
    const size = Math.ceil(least) + dice.below(most);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

function damage(bytes: Buffer, dice: Dice): Buffer {
  const damaged = Buffer.from(bytes);
  for (let times = dice.between(1, 4); times > 0; times--)
    damaged[dice.below(damaged.length)] = dice.below(256);
  return dice.chance(0.5) ? damaged : damaged.subarray(0, dice.below(damaged.length + 1));
}

async function run(text: string, dice: Dice): Promise<void> {
  const plain = Buffer.from(text);
  const packed = dice.chance(0.5) ? gzipSync(plain) : plain;
  const whole = dice.chance(0.5);
  const bytes = whole || packed.length === 0 ? packed : damage(packed, dice);
  const lineLimit = dice.pick([16, 1000, 1 << 20]);
  const diagnostics: Diagnostic[] = [];
  const lines: string[] = [];
  let next = 1;
  for await (const batch of openLogs(
    ['-'],
    { stdin: piecesOf(bytes, dice), lineLimit },
    { diagnostic: (found) => void diagnostics.push(found) },
  )) {
    demand(batch.firstLine === next, `line ${batch.firstLine} where ${next} was to come`);
    next += batch.lines.length;
    for (const line of batch.lines) lines.push(line);
  }
  for (const found of diagnostics) demand(messageOf(found) !== '', `${found.code} has no words`);
  if (!whole || diagnostics.length > 0 || packed === plain) return;
  const expected = plain
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .split('\n');
  if (expected.at(-1) === '') expected.pop();
  const same =
    lines.length === expected.length && lines.every((line, i) => line === expected[i]?.replace(/\r+$/, ''));
  demand(same, `${expected.length} lines, read as ${lines.length}`);
}

export const bytesTarget: Target = { name: 'bytes', kinds: ['log', 'save'], make: null, run };
