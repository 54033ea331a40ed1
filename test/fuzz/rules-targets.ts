/**
 * Rule sets in their three forms: every line is a rule, a chain, part of the form, or spoken of; and what is printed of
 * a rule set is read as the same rule set.
 */
import type { Family } from '../../src/model/address.ts';
import type { Diagnostic } from '../../src/model/diagnostic.ts';
import type { Ruleset } from '../../src/model/ruleset.ts';
import { messageOf, rulesetOutline, rulesetRecord } from '../../src/report/index.ts';
import {
  lossesOfRuleset,
  parseRuleset,
  printRuleset,
  recogniseRules,
  settleRuleset,
} from '../../src/ruleset/index.ts';
import { listLexer, saveLexer } from '../../src/ruleset/lexer.ts';
import listGrammar from '../../src/ruleset/list-rule.generated.ts';
import saveGrammar from '../../src/ruleset/save-rule.generated.ts';
import type { Dice } from '../kernel/generate/dice.ts';
import { Deriver, reshape } from './made.ts';
import { type MaterialKind, material } from './material.ts';
import { demand, type Target } from './target.ts';

interface Settled {
  readonly ruleset: Ruleset;
  readonly diagnostics: readonly Diagnostic[];
  readonly notes: readonly Diagnostic[];
}

export function settle(text: string, family: Family | null = null): Settled {
  const source = { file: 'rules', lines: text.split('\n'), table: null, family };
  return settleRuleset(parseRuleset([source]), []);
}

/** What the product has to say of one rule set. */
function run(text: string): void {
  const lines = text.split('\n');
  recogniseRules(lines);
  const { ruleset, diagnostics, notes } = settle(text);
  for (const found of [...diagnostics, ...notes])
    demand(messageOf(found) !== '', `${found.code} has no words`);
  accountFor(lines, ruleset, [...diagnostics, ...notes]);
  rulesetOutline(ruleset);
  JSON.stringify(rulesetRecord(ruleset));
  lossesOfRuleset(ruleset);
  // What is not a rule is printed in some form; only of rules it is the same form.
  if (diagnostics.some(({ code }) => code.startsWith('rule.'))) return;
  for (const family of ['ipv4', 'ipv6'] as const) {
    const printed = printRuleset(ruleset, family);
    // Counters may stand in a line more than once where two were glued.
    if (printed === '' || printed.includes(' -c ')) continue;
    const second = settle(printed, family);
    // The options of one rule may be of both families.
    if (second.diagnostics.some(({ code }) => code === 'ruleset.wrong-family')) continue;
    const again = printRuleset(second.ruleset, family);
    // Chains that the kernel always has, and those that were jumped to and missing, are declared from now on: rules of
    // other chains may come before.
    demand(
      rulesIn(again) === rulesIn(printed),
      `printed, read and printed again it is another:\n${printed}\nbecame\n${again}`,
    );
  }
}

function rulesIn(save: string): string {
  return save
    .split('\n')
    .filter((line) => /^(?:\[\d+:\d+\] )?-A /.test(line))
    .map((line) => line.trimEnd())
    .sort()
    .join('\n');
}

/** Lines that are neither a rule nor a chain, as the tools print them; and rules that say they are for the other family. */
const FORM = /^\s*(?:$|#|\*|COMMIT\s*$|:|-[PNZFXELS]|(?:pkts|num|target)\b)|(?:^|\s)-[46]/;

function accountFor(lines: readonly string[], ruleset: Ruleset, said: readonly Diagnostic[]): void {
  // Of lines that are no rule set at all, of a table that is passed over and of another tool's only the first is named.
  if (said.some(({ code }) => SUMS_UP.has(code))) return;
  const known = new Set(said.map(({ at }) => at.line));
  for (const table of ruleset.tables) {
    for (const chain of table.chains.values()) {
      if (chain.source !== null) known.add(chain.source.line);
      for (const rule of chain.rules) {
        const more = rule.source.text.split('\n').length;
        for (let i = 0; i < more; i++) known.add(rule.source.line + i);
      }
    }
  }
  // A quote that is open at the end of a line goes on in the next: what is said of the rule stands at its first.
  const goesOn = (line: string | undefined): boolean => (line?.split('"').length ?? 1) % 2 === 0;
  const lost = lines.findIndex((line, i) => !known.has(i + 1) && !FORM.test(line) && !goesOn(lines[i - 1]));
  demand(lost < 0, `line ${lost + 1} is neither used nor spoken of: ${lines[lost]}`);
}

const SUMS_UP: ReadonlySet<string> = new Set([
  'ruleset.skipped',
  'ruleset.passed-over',
  'ruleset.nft-native',
  'ruleset.ebtables',
  'ruleset.unknown-table',
  'ruleset.incompatible-table',
  'ruleset.ambiguous-table',
]);

const rulesOf = (kind: MaterialKind, pattern: RegExp): readonly string[] =>
  material(kind).flatMap((text) => text.split('\n').filter((line) => pattern.test(line)));

const made = new Map<string, Deriver>();

/** Sentences of a grammar, with the words of real lines. */
function deriver(form: 'save' | 'list'): Deriver {
  const known = made.get(form);
  if (known !== undefined) return known;
  const lines = rulesOf(form, form === 'save' ? /^(?:\[[\d:]+\] )?-A/ : /^ *\d+/);
  const fresh =
    form === 'save'
      ? new Deriver(
          saveGrammar,
          lines.flatMap((line) => saveLexer.tokens(line)),
          ' ',
        )
      : new Deriver(
          listGrammar,
          lines.flatMap((line) => listLexer.tokens(line)),
          '',
        );
  made.set(form, fresh);
  return fresh;
}

function makeSave(dice: Dice): string {
  const lines = [`*${dice.pick(['raw', 'mangle', 'nat', 'filter', 'security', 'other'])}`];
  for (const name of ['INPUT', 'FORWARD', 'OUTPUT', 'PREROUTING', 'POSTROUTING', 'X', 'Y']) {
    if (dice.chance(0.7)) lines.push(`:${name} ${dice.pick(['ACCEPT', 'DROP', '-'])} [0:0]`);
  }
  const rules = rulesOf('save', /^-A|^\[[\d:]+\] -A/);
  for (let count = dice.below(12); count > 0; count--) {
    const chain = `-A ${dice.pick(['INPUT', 'FORWARD', 'X', 'Y', 'Z'])} `;
    lines.push(
      dice.chance(0.4) ? chain + deriver('save').derive('rule', dice) : reshape(dice.pick(rules), dice),
    );
  }
  return [...lines, 'COMMIT', ''].join('\n');
}

const HEADS: Readonly<Record<string, string>> = {
  verbose: ' pkts bytes target     prot opt in     out     source               destination',
  numberedVerbose: 'num   pkts bytes target     prot opt in     out     source               destination',
  plain: 'target     prot opt source               destination',
  numberedPlain: 'num  target     prot opt source               destination',
};

function makeList(dice: Dice): string {
  const lines = [];
  const rules = rulesOf('list', /^ *\d+.*\d/);
  for (let chains = dice.between(1, 4); chains > 0; chains--) {
    const name = dice.pick(['INPUT', 'FORWARD', 'X', 'KUBE-SERVICES', 'cali-x:rule:3']);
    const start = dice.pick(Object.keys(HEADS));
    lines.push(
      `Chain ${name} (${dice.pick(['policy ACCEPT', 'policy DROP 0 packets, 0 bytes', '1 references'])})`,
    );
    lines.push(HEADS[start] ?? '');
    for (let count = dice.below(8); count > 0; count--) {
      lines.push(dice.chance(0.5) ? deriver('list').derive(start, dice) : reshape(dice.pick(rules), dice));
    }
    lines.push('');
  }
  return lines.join('\n');
}

function makeCommands(dice: Dice): string {
  return makeSave(dice)
    .split('\n')
    .filter((line) => !/^[*#]|^COMMIT/.test(line))
    .map((line) => line.replace(/^:(\S+) (ACCEPT|DROP).*/, '-P $1 $2').replace(/^:(\S+) .*/, '-N $1'))
    .join('\n');
}

export const rulesTargets: readonly Target[] = [
  { name: 'save', kinds: ['save'], make: makeSave, run },
  { name: 'list', kinds: ['list'], make: makeList, run },
  { name: 'commands', kinds: ['commands', 'commands', 'save'], make: makeCommands, run },
];
