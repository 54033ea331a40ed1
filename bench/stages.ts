/**
 * The flow up to one stage over a log, for what each costs. usage: tsx bench/stages.ts log|walk|check LOG RULES
 */
import { Checker } from '../src/compare/index.ts';
import { openLogs, readText } from '../src/io/index.ts';
import { LogReader } from '../src/log/index.ts';
import { NO_CONTEXT } from '../src/model/context.ts';
import type { Walk } from '../src/model/walk.ts';
import { parseRuleset, settleRuleset } from '../src/ruleset/index.ts';
import { openEvaluator } from '../src/simulate/index.ts';
import { Assembler } from '../src/walk/index.ts';

const [stage = 'check', log = 'bench/data/trace.log', rules = 'test/data/captures/service/rules.save'] =
  process.argv.slice(2);
const input = { stdin: process.stdin };
const silent = { diagnostic: () => {} };
const text = await readText(rules, input, silent);
if (text === null) throw new Error(`cannot read ${rules}`);
const { ruleset } = settleRuleset(parseRuleset([{ ...text, table: null, family: null }]), []);

const context = { ...NO_CONTEXT, connections: [] };

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
for await (const batch of openLogs([log], input, silent)) reader.push(batch);
reader.end();
assembler.end();
checker?.end();
console.log(`${reader.counts.traceLines} lines, ${walks} walks`);
