/** What sets two rule sets apart → a count, and a table of the rules, chain by chain, in their owners' words. */
import { RULE_CHANGES, type RuleChange, type RulesetDifference } from '../model/difference.ts';
import type { Rule } from '../model/ruleset.ts';
import { counted, number } from './count.ts';
import { type Block, joined, type Line, line, span, type Tone } from './outline.ts';
import { ownText } from './rule-text.ts';

/** Rules that are shown. */
const SHOWN = 200;

const TONES = { removed: 'bad', added: 'good', moved: 'change', changed: 'change' } as const satisfies Record<
  RuleChange['kind'],
  Tone
>;
const WORDS = { removed: '- removed', added: '+ added', moved: '↕ moved', changed: '~ edited' } as const;

/** `2 added, 1 edited, 380 the same`. */
export function ruleCounts({ rules, chains, tables, same }: RulesetDifference): Line {
  const words = { removed: 'removed', added: 'added', moved: 'moved', changed: 'edited' } as const;
  const parts = RULE_CHANGES.flatMap((kind) => {
    const count = rules.filter((change) => change.kind === kind).length;
    return count === 0 ? [] : [line(span(TONES[kind], `${number(count)} ${words[kind]}`))];
  });
  const policies = chains.filter(({ kind }) => kind === 'policy').length;
  const gone = tables.filter(({ kind }) => kind !== 'ungiven').length;
  const all = [
    ...parts,
    ...(policies > 0 ? [line(span('bad', counted(policies, 'other policy', 'other policies')))] : []),
    ...(gone > 0 ? [line(counted(gone, 'table of one side only', 'tables of one side only'))] : []),
  ];
  const rest = `${counted(same, 'rule')} the same`;
  return all.length === 0 ? line(`no difference, ${rest}`) : line(joined(all, ', '), `, ${rest}`);
}

/** The table of changes; nothing if there are none. */
export function ruleBlocks(difference: RulesetDifference): readonly Block[] {
  const { rules, chains, tables } = difference;
  const rows: (readonly Line[])[] = [
    ...tables.map(({ kind, family, table }): readonly Line[] => [
      line(span('warn', kind === 'ungiven' ? '? not given' : kind === 'added' ? '+ added' : '- removed')),
      line(`${family === 'ipv6' ? 'ipv6 ' : ''}table ${table}`),
      line(span('muted', kind === 'ungiven' ? 'one side did not give it: not compared' : '')),
    ]),
    ...chains.map(({ kind, table, a, b }): readonly Line[] => [
      line(
        span(
          kind === 'removed' ? 'bad' : 'good',
          kind === 'policy' ? '~ policy' : kind === 'added' ? '+ added' : '- removed',
        ),
      ),
      line(`chain ${table} ${(b ?? a)?.name ?? ''}`),
      kind === 'policy'
        ? line(`policy ${a?.policy ?? ''} ⇒ `, span('strong', b?.policy ?? ''))
        : line(span('muted', counted((b ?? a)?.rules.length ?? 0, 'rule'))),
    ]),
    ...rules.flatMap(changeRows),
  ];
  if (rows.length === 0) return [];
  const more = rows.length - SHOWN;
  return [
    { kind: 'heading', text: line('Rules'), id: 'rules' },
    {
      kind: 'table',
      head: ['', 'rule', 'text'],
      align: ['left', 'left', 'left'],
      rows: rows.slice(0, SHOWN),
    },
    ...(more > 0
      ? [
          {
            kind: 'paragraph' as const,
            text: line(span('muted', `and ${number(more)} more lines: --format ndjson has all`)),
          },
        ]
      : []),
  ];
}

function changeRows({ kind, a, b, parts }: RuleChange): readonly (readonly Line[])[] {
  const rule = b ?? a;
  if (rule === null) return [];
  const word = line(span(TONES[kind], WORDS[kind]));
  const name = `${rule.family === 'ipv6' ? 'ipv6 ' : ''}${rule.table} ${rule.chain}:`;
  if (kind === 'changed' && a !== null && b !== null) {
    const only = (side: 'a' | 'b'): Line =>
      parts[side].length === 0
        ? line(span('muted', 'nothing'))
        : joined(
            parts[side].map((part) => line(span('code', part))),
            ' ',
          );
    return [
      [word, line(`${name}${a.number}`), textOf(a)],
      [line(), line(`  now ${b.number}`), textOf(b)],
      [line(), line(), line(only('a'), ' ⇒ ', only('b'))],
    ];
  }
  const place = kind === 'moved' ? `${name}${a?.number} ⇒ ${b?.number}` : `${name}${rule.number}`;
  return [[word, line(place), textOf(rule)]];
}

function textOf(rule: Rule): Line {
  return line(span('code', ownText(rule)), span('muted', `  (${rule.source.file}:${rule.source.line})`));
}
