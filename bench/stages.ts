/**
 * One stage of the flow, or all up to it over a log, for what it costs: cpu seconds of this process without its
 * start, and peak memory. usage: tsx bench/stages.ts rules|log|walk|check LOG RULES CONTEXT-FOLDER
 */
import { readdirSync } from 'node:fs';
import { Checker } from '../src/compare/index.ts';
import { parseContext } from '../src/context/index.ts';
import { openLogs, readText } from '../src/io/index.ts';
import { LogReader } from '../src/log/index.ts';
import type { Walk } from '../src/model/walk.ts';
import { parseRuleset, settleRuleset } from '../src/ruleset/index.ts';
import { openEvaluator } from '../src/simulate/index.ts';
import { Assembler } from '../src/walk/index.ts';

const SERVICE = 'test/data/captures/service';
const [stage = 'check', log = 'bench/data/trace.log', rules = `${SERVICE}/rules.save`, folder = SERVICE] =
  process.argv.slice(2);
const input = { stdin: process.stdin };
const silent = { diagnostic: () => {} };
let before = process.cpuUsage();

async function textOf(file: string): Promise<NonNullable<Awaited<ReturnType<typeof readText>>>> {
  const text = await readText(file, input, silent);
  if (text === null) throw new Error(`cannot read ${file}`);
  return text;
}

const { ruleset } = settleRuleset(
  parseRuleset([{ ...(await textOf(rules)), table: null, family: null }]),
  [],
);
const files = readdirSync(folder).filter((name) => /^(conntrack|ip-\w+)\.txt$|^ipset\.save$/.test(name));
const { context } = parseContext(await Promise.all(files.map((name) => textOf(`${folder}/${name}`))));

// What rules and context cost is the stage `rules`.
if (stage !== 'rules') before = process.cpuUsage();
let walks = 0;
const count = (_: Walk): void => {
  walks++;
};
const checker =
  stage === 'check'
    ? new Checker(
        { ruleset, context, evaluator: () => openEvaluator(ruleset, context) },
        { walk: count, finding: () => {} },
      )
    : null;
const assembler = new Assembler(
  { ruleset },
  { walk: (walk) => (checker === null ? count(walk) : checker.push(walk)), ...silent },
);
const reader = new LogReader(
  { year: null, timezone: null },
  { event: (event) => stage === 'log' || assembler.push(event), ...silent },
);
if (stage !== 'rules') for await (const batch of openLogs([log], input, silent)) reader.push(batch);
reader.end();
assembler.end();
checker?.end();
const { user, system } = process.cpuUsage(before);
const mebibytes = Math.round(process.resourceUsage().maxRSS / 1024);
const rate = walks === 0 ? '' : `, ${walks} walks`;
console.log(`${((user + system) / 1e6).toFixed(2)} s, ${mebibytes} MiB${rate}`);
