/**
 * Random rule sets and conversations, played by the kernel and predicted from the case's files: every packet's
 * way must be the predicted one. README.md has the options. A case that fails is shrunk and saved.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type PlayedCase, playRandomCase } from './generate/random-case.ts';
import { Exercise, judge } from './judge.ts';
import { caseFiles, writeCase } from './lab/case-folder.ts';
import { describeLab } from './lab/lab-test.ts';
import { predict } from './predict.ts';
import { shrink } from './shrink.ts';

const KINDS = {
  known4: { family: 4, known: true },
  known6: { family: 6, known: true },
  mixed4: { family: 4, known: false },
  mixed6: { family: 6, known: false },
} as const;
type Kind = keyof typeof KINDS;

const options = {
  cases: Number(process.env['KERNEL_CASES'] ?? 80),
  packets: Number(process.env['KERNEL_PACKETS'] ?? 40),
  seed: Number(process.env['KERNEL_SEED'] ?? 1),
  kinds: (process.env['KERNEL_KINDS'] ?? Object.keys(KINDS).join(',')).split(',').filter(isKind),
  folder: process.env['KERNEL_FOLDER'] ?? join(tmpdir(), 'trace-analyze-mismatch'),
};

function isKind(name: string): name is Kind {
  return name in KINDS;
}

/** Failing cases of one kind that are shrunk; the rest is only counted. */
const SHRUNK = 5;

describeLab('random cases', () => {
  test.each(options.kinds)(
    `%s: the kernel's way is the predicted one (seed ${options.seed})`,
    async (kind) => {
      const count = Math.ceil(options.cases / options.kinds.length);
      const exercise = new Exercise();
      const failures: string[] = [];
      let packets = 0;
      for (let seed = options.seed; seed < options.seed + count; seed++) {
        const played = await playRandomCase({ seed, ...KINDS[kind], packets: options.packets });
        packets += played.played.packets.length;
        const judged = { rules: played.input.rules, truth: played.played.truth };
        exercise.add(judged);
        const predicted = predict(caseFiles(played.state, played.played));
        const [first] = judge(judged, predicted, KINDS[kind].known);
        if (first === undefined) continue;
        const folder =
          failures.length < SHRUNK ? await saveShrunk(kind, seed, played, first.n) : 'not shrunk';
        failures.push(`seed ${seed}, packet ${first.n}: ${folder}`);
      }
      console.log([`${kind}: ${count} cases, ${packets} packets`, ...exercise.lines()].join('\n'));
      expect(failures).toEqual([]);
    },
  );
});

async function saveShrunk(
  kind: Kind,
  seed: number,
  { input, state, played }: PlayedCase,
  n: number,
): Promise<string> {
  const small = await shrink(
    input,
    n,
    (files, judged) => judge(judged, predict(files), KINDS[kind].known).length > 0,
  );
  const folder = join(options.folder, `case-${kind}-${seed}`);
  writeCase(folder, caseFiles(small?.state ?? state, small?.played ?? played));
  return small === null ? `${folder} (not again when played alone)` : folder;
}
