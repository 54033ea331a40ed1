/** The log reader: every record is an event, refused or not ours, and the size of batches does not matter. */
import { LogReader } from '../../src/log/index.ts';
import grammar from '../../src/log/trace-line.generated.ts';
import { lexer } from '../../src/log/words.ts';
import type { Diagnostic } from '../../src/model/diagnostic.ts';
import type { TraceEvent } from '../../src/model/event.ts';
import { messageOf } from '../../src/report/index.ts';
import type { Dice } from '../kernel/generate/dice.ts';
import { capturedMessages } from '../log/captured.ts';
import { Deriver } from './made.ts';
import { material } from './material.ts';
import { demand, type Target } from './target.ts';

interface Reading {
  readonly events: readonly TraceEvent[];
  readonly diagnostics: readonly Diagnostic[];
}

function read(lines: readonly string[], batch: number, year: number | null): Reading {
  const events: TraceEvent[] = [];
  const diagnostics: Diagnostic[] = [];
  const reader = new LogReader(
    { year, timezone: null },
    { event: (event) => void events.push(event), diagnostic: (found) => void diagnostics.push(found) },
  );
  for (let at = 0; at < lines.length; at += batch) {
    reader.push({ file: 'log', firstLine: at + 1, lines: lines.slice(at, at + batch) });
  }
  reader.end();
  const { counts } = reader;
  demand(counts.lines === lines.length, `${counts.lines} of ${lines.length} lines counted`);
  demand(counts.traceLines === events.length, `${counts.traceLines} trace lines, ${events.length} events`);
  const refused = diagnostics.filter(({ code }) => code === 'log.refused' || code === 'log.torn');
  demand(counts.unparsed >= refused.length, `${counts.unparsed} unparsed, ${refused.length} refused`);
  demand(
    counts.unparsed === 0 || diagnostics.length > 0,
    `${counts.unparsed} unparsed, of which nothing is said`,
  );
  for (const { line } of events) demand(line >= 1 && line <= lines.length, `an event in line ${line}`);
  return { events, diagnostics };
}

let deriver: Deriver | null = null;

function tokensOf(text: string): { readonly type?: string | undefined; readonly text: string }[] {
  const tokens = [];
  lexer.reset(text);
  for (const token of lexer) tokens.push({ type: token.type, text: token.text });
  return tokens;
}

/** A few lines made by the grammar of a TRACE message, each behind what stands before real ones. */
function make(dice: Dice): string {
  deriver ??= new Deriver(grammar, capturedMessages().flatMap(tokensOf), '');
  const before = dice
    .pick(material('log'))
    .split('\n')
    .filter((line) => line.includes('TRACE: '))
    .map((line) => line.slice(0, line.indexOf('TRACE: ')));
  const lines = [];
  for (let count = dice.between(1, 8); count > 0; count--) {
    const text = deriver.derive('message', dice);
    lines.push((before.length === 0 ? '' : dice.pick(before)) + text);
  }
  return lines.join('\n');
}

export const logTarget: Target = {
  name: 'log',
  kinds: ['log', 'log', 'log', 'monitor'],
  make,
  run: (text, dice) => {
    const lines = text.split('\n');
    const whole = read(lines, lines.length, 2024);
    const split = read(lines, dice.between(1, 3), 2024);
    demand(JSON.stringify(whole) === JSON.stringify(split), 'batches of another size read otherwise');
    for (const found of whole.diagnostics) demand(messageOf(found) !== '', `${found.code} has no words`);
  },
};
