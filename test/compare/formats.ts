/** The small captures that ask one question each: kernel log and saved rules, the context as a test gives it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ContextFile, parseContext } from '../../src/context/index.ts';
import { LogReader } from '../../src/log/index.ts';
import type { TraceEvent } from '../../src/model/event.ts';
import { parseRuleset, settleRuleset } from '../../src/ruleset/index.ts';
import { assemble } from './capture.ts';
import { type Checked, check } from './check.ts';

const FORMATS = new URL('../data/captures/formats', import.meta.url).pathname;

/** The folder whose name begins with this number, checked against the router's own rules. */
export function checkFormat(number: string, context: Readonly<Record<string, string>> = {}): Checked {
  const folder = readdirSync(FORMATS).find((name) => name.startsWith(`${number}-`)) ?? '';
  const events: TraceEvent[] = [];
  const reader = new LogReader(
    { year: null, timezone: null },
    { event: (event) => void events.push(event), diagnostic: () => {} },
  );
  reader.push({ file: 'kmsg.txt', firstLine: 1, lines: linesOf(folder, 'kmsg.txt') });
  reader.end();
  const saves = readdirSync(join(FORMATS, folder)).filter((name) => /tables-save-c\.r\.txt$/.test(name));
  const sources = saves.map((file) => ({ file, lines: linesOf(folder, file), table: null, family: null }));
  const seen = events.map(({ packet, table, chain }) => ({ family: packet.family, table, chain }));
  const { ruleset } = settleRuleset(parseRuleset(sources), seen);
  const files = Object.entries(context).map(
    ([file, text]): ContextFile => ({ file, lines: text.split('\n') }),
  );
  return check(assemble(events, ruleset), ruleset, parseContext(files).context);
}

function linesOf(folder: string, file: string): string[] {
  return readFileSync(join(FORMATS, folder, file), 'utf8').split('\n');
}
