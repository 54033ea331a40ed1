/**
 * Random rule sets and conversations, played by the kernel and predicted from the case's files: every packet's
 * way must be the predicted one, and where all is known the check of the log must agree. README.md has the
 * options. A case that fails is shrunk and saved.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type PlayedCase, playRandomCase } from './generate/random-case.ts';
import { beyondTelling, Exercise, judge, type Mismatch } from './judge.ts';
import { caseFiles, type JudgedCase, writeCase } from './lab/case-folder.ts';
import { describeLab } from './lab/lab-test.ts';
import { check, predict } from './predict.ts';
import { shrink } from './shrink.ts';

const KINDS = {
  known4: { family: 4, known: true },
  known6: { family: 6, known: true },
  mixed4: { family: 4, known: false },
  mixed6: { family: 6, known: false },
} as const;
type Kind = keyof typeof KINDS;

const options = {
  cases: Number(process.env['KERNEL_CASES'] ?? 40),
  packets: Number(process.env['KERNEL_PACKETS'] ?? 40),
  seed: Number(process.env['KERNEL_SEED'] ?? 1),
  kinds: (process.env['KERNEL_KINDS'] ?? 'known4,known6,mixed4,mixed6').split(',').filter(isKind),
  table: (process.env['KERNEL_TABLE'] ?? '') !== '',
  folder: process.env['KERNEL_FOLDER'] ?? join(tmpdir(), 'trace-analyze-mismatch'),
};

function isKind(name: string): name is Kind {
  return name in KINDS;
}

/** Failing cases of one kind that are shrunk; the rest is only counted. */
const SHRUNK = 5;

describeLab('random cases', () => {
  const exercise = new Exercise();
  const totals: string[] = [];
  afterAll(() => console.log([...totals, ...(options.table ? exercise.lines() : [])].join('\n')));

  test.each(options.kinds)(
    `%s: the kernel's way is the predicted one (seed ${options.seed})`,
    async (kind) => {
      const count = Math.ceil(options.cases / options.kinds.length);
      const failures: string[] = [];
      let packets = 0;
      for (let seed = options.seed; seed < options.seed + count; seed++) {
        const played = await playRandomCase({ seed, ...KINDS[kind], packets: options.packets });
        const judged = { ...played.input, truth: played.played.truth };
        packets += played.played.packets.length;
        exercise.add(judged);
        const files = caseFiles(played.state, played.played);
        const [first] = mismatches(files, judged, kind);
        if (first === undefined) {
          if (KINDS[kind].known && (await diverges(files, judged)))
            failures.push(`seed ${seed}: ${saveUnchecked(kind, seed, files)}`);
          continue;
        }
        const folder =
          failures.length < SHRUNK ? await saveShrunk(kind, seed, played, first.n) : 'not shrunk';
        failures.push(`seed ${seed}, packet ${first.n}: ${folder}`);
      }
      totals.push(`${kind}: ${count} rule sets, ${packets} packets, ${failures.length} rule sets differ`);
      expect(failures).toEqual([]);
    },
  );
});

/**
 * What differs, from the save and, where nothing is left to chance, from the listing too. A listing does not tell one
 * `-m conntrack` with several conditions from several: without an entry they differ.
 */
function mismatches(files: ReadonlyMap<string, string>, judged: JudgedCase, kind: Kind): readonly Mismatch[] {
  const { known } = KINDS[kind];
  const fromSave = judge(judged, predict(files), known);
  if (fromSave.length > 0 || !known || SEVERAL.test(judged.rules)) return fromSave;
  return judge(judged, predict(files, 'rules.list'), known);
}

/** Whether the log, checked without the packets' list, contradicts the rules. */
async function diverges(files: ReadonlyMap<string, string>, judged: JudgedCase): Promise<boolean> {
  const beyond = beyondTelling(judged);
  const walks = [...(await check(files)), ...(await check(files, 'rules.list'))];
  return walks.some(({ line }) => !beyond.has(line));
}

function saveUnchecked(kind: Kind, seed: number, files: ReadonlyMap<string, string>): string {
  const folder = join(options.folder, `check-${kind}-${seed}`);
  writeCase(folder, files);
  return `${folder} (the check of its log diverges)`;
}

const SEVERAL = /-m conntrack (?:! )?--ct\S+ \S+ (?:! )?--ct/;

async function saveShrunk(
  kind: Kind,
  seed: number,
  { input, state, played }: PlayedCase,
  n: number,
): Promise<string> {
  const small = await shrink(input, n, (files, judged) => mismatches(files, judged, kind).length > 0);
  const folder = join(options.folder, `case-${kind}-${seed}`);
  writeCase(folder, caseFiles(small?.state ?? state, small?.played ?? played));
  return small === null ? `${folder} (not again when played alone)` : folder;
}
