/** The whole program over damaged files, with arguments at random: it ends by itself, and never as its own defect. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dice } from '../kernel/generate/dice.ts';
import { run as runProgram } from '../make/stdio.ts';
import { type Folder, folders } from './folders.ts';
import { excerpt, mangle, noise } from './mangle.ts';
import { material } from './material.ts';
import { demand, type Target } from './target.ts';

const FORMATS = [
  'text',
  'report',
  'markdown',
  'html',
  'ndjson',
  'json',
  'junit',
  'sarif',
  'mermaid',
  'dot',
  'perfetto',
];

/** Arguments of one command; `at` gives a damaged file of the folder. */
type Command = (at: (name: string, text: string) => string, folder: Folder, dice: Dice) => readonly string[];

const COMMANDS: readonly Command[] = [
  (at, folder, dice) => [
    at('syslog.log', excerpt(folder.log, dice)),
    ...['--rules', at('rules', dice.pick([folder.save, folder.list]))],
    ...folder.context.flatMap(([name, text]) => ['--context', at(name, text)]),
    ...['--format', dice.pick(FORMATS)],
    ...dice.pick([
      [],
      ['--all'],
      ['--redact'],
      ['--year', '2024'],
      ['--since', noise(dice, 12)],
      ['--src', noise(dice, 8)],
    ]),
  ],
  (at, folder, dice) => [
    'rules',
    at('rules', dice.pick([folder.save, folder.list])),
    '--format',
    dice.pick(['text', 'save', 'json']),
  ],
  (at, folder, dice) => [
    ...['simulate', '--rules', at('rules', folder.save), '--branches', '8'],
    ...['--packet', mangle(dice.pick(material('packet-fields')), '', dice)],
    ...[
      '--packets',
      at('packets.jsonl', excerpt(folder.packets, dice)),
      '--format',
      dice.pick(['text', 'ndjson', 'json']),
    ],
    ...dice.pick([[], ['--why-not', 'filter:FORWARD:1'], ['--why-not', noise(dice, 9)]]),
  ],
  (at, folder, dice) => [
    ...['expect', at('cases.yaml', dice.pick(material('expectations'))), '--rules', at('rules', folder.save)],
    ...['--format', dice.pick(['text', 'ndjson', 'junit', 'sarif']), '--branches', '8'],
    ...dice.pick([[], ['--log', at('syslog.log', excerpt(folder.log, dice))]]),
  ],
  (at, folder, dice) => [
    ...['diff', '--rules-a', at('rules-a', folder.save), '--rules-b', at('rules-b', folder.save)],
    ...dice.pick([[], ['--log', at('syslog.log', excerpt(folder.log, dice))]]),
    ...['--format', dice.pick(['text', 'markdown', 'html', 'ndjson', 'json'])],
  ],
  (at, folder, dice) => [
    ...['diff', at('a.log', excerpt(folder.log, dice)), at('b.log', excerpt(folder.log, dice))],
    ...['--rules-a', at('rules-a', folder.save), '--rules-b', at('rules-b', folder.list)],
  ],
  (_, __, dice) =>
    Array.from({ length: dice.between(1, 4) }, () => noise(dice, 12)).filter((word) => word !== '-'),
];

/** The text is what goes in as a file of its own; the rest comes from the dice. */
async function run(text: string, dice: Dice): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'trace-analyze-fuzz-'));
  try {
    const given = dice.below(3);
    let files = 0;
    const at = (name: string, content: string): string => {
      const path = join(folder, `${files}-${name}`);
      const damaged = dice.chance(0.4) ? mangle(content, text, dice) : content;
      writeFileSync(path, files++ === given ? text : damaged);
      return path;
    };
    const args = dice.pick(COMMANDS)(at, dice.pick(folders()), dice);
    const { code, err } = await runProgram(args, { stdin: text });
    demand(code === 0 || code === 1 || code === 2, `exit code ${code} of ${JSON.stringify(args)}:\n${err}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const programTarget: Target = {
  name: 'program',
  kinds: ['log', 'save', 'list', 'sets', 'expectations', 'packets', 'connections'],
  make: null,
  run,
};
