/**
 * A difference → the blocks of a report: one sentence, which rules differ, then the flows that go another way.
 * Flows that part at the same step with the same outcome are told once, by the first of them.
 */
import {
  type Difference,
  type DiffMode,
  FLOW_STATUSES,
  type FlowDifference,
  type FlowName,
  type FlowStatus,
  type PartedStep,
  type SetChange,
  type WayDifference,
} from '../model/difference.ts';
import { protocolName } from '../model/protocol.ts';
import { capitalised, counted, number } from './count.ts';
import { ruleBlocks, ruleCounts } from './diff-rules.ts';
import { partingTable, wayLine, whyLine } from './diff-ways.ts';
import { type Block, joined, type Line, line, type Span, span, type Tone } from './outline.ts';
import { endpoint } from './verdict.ts';

/** What the two sides are, as the person named them. */
export interface SideNames {
  readonly a: string;
  readonly b: string;
}

/** Kinds of flows that are told with their steps, and flows of one kind that are named. */
const TOLD_KINDS = 40;
const NAMED_FLOWS = 8;

const STATUS_TEXT: Readonly<Record<FlowStatus, readonly [Tone, string]>> = {
  changed: ['bad', 'changed'],
  vanished: ['warn', 'only in A'],
  appeared: ['warn', 'only in B'],
  chance: ['plain', 'as chance has it'],
  undecided: ['warn', 'not certain'],
  same: ['good', 'the same'],
};

/** The whole report but its title. */
export function diffBlocks(difference: Difference, names: SideNames): readonly Block[] {
  const { flows } = difference;
  const kinds = groupsOf(flows);
  const told = kinds.slice(0, TOLD_KINDS);
  const more = kinds.slice(TOLD_KINDS).reduce((sum, kind) => sum + kind.length, 0);
  return [
    ...headBlocks(difference, names),
    ...(difference.rules === null ? [] : ruleBlocks(difference.rules)),
    ...setBlocks(difference.sets),
    ...(told.length === 0 ? [] : [heading('Flows', 'flows')]),
    ...told.flatMap((kind) => kindBlocks(kind, difference)),
    ...(more === 0
      ? []
      : [paragraph(span('muted', `and ${counted(more, 'more flow')} that differ otherwise`))]),
  ];
}

function heading(text: string, id: string): Block {
  return { kind: 'heading', text: line(text), id };
}

function paragraph(...parts: readonly (string | Span | Line)[]): Block {
  return { kind: 'paragraph', text: line(...parts) };
}

function headBlocks(difference: Difference, { a, b }: SideNames): readonly Block[] {
  const { mode, packets, beyond, leftOut, partial, rules } = difference;
  const seen = (side: 'a' | 'b'): string =>
    mode === 'captures' ? `: ${counted(packets[side], 'packet')}` : '';
  return [
    paragraph(span('strong', 'A'), ` ${a}${seen('a')}`),
    paragraph(span('strong', 'B'), ` ${b}${seen('b')}`),
    ...(mode === 'rules' || rules === null ? [] : [paragraph('Rules: ', ruleCounts(rules))]),
    paragraph(span('strong', verdict(difference))),
    ...(leftOut === null
      ? []
      : [
          paragraph(
            span(
              'muted',
              `${counted(leftOut, 'other flow')} left out by the filters; rules that differ do not count for the exit code.`,
            ),
          ),
        ]),
    ...(beyond === 0
      ? []
      : [paragraph(span('warn', `${counted(beyond, 'packet')} found no room and were not compared`))]),
    ...(partial
      ? [paragraph(span('warn', 'Interrupted: what stands here is what was done until then.'))]
      : []),
  ];
}

const WORDS: Readonly<
  Record<DiffMode, { readonly one: string; readonly many: string; readonly all: string }>
> = {
  captures: { one: 'goes another way', many: 'go another way', all: 'the same way on both sides' },
  rehearsal: {
    one: 'would go another way',
    many: 'would go another way',
    all: 'no packet would go another way',
  },
  expected: {
    one: 'does not go as the rules say',
    many: 'do not go as the rules say',
    all: 'all go as the rules say',
  },
  rules: { one: '', many: '', all: '' },
};

/** What it comes to, in one sentence. */
function verdict(difference: Difference): string {
  const { mode, counts, rules } = difference;
  if (mode === 'rules') return rules === null ? 'No rules.' : sentence(capitalised(plain(ruleCounts(rules))));
  const all = FLOW_STATUSES.reduce((sum, status) => sum + counts[status], 0);
  if (all === 0) return 'No packets.';
  const { changed, vanished, appeared, chance, undecided } = counts;
  const words = WORDS[mode];
  const told = [
    changed > 0
      ? `${number(changed)} of ${counted(all, 'flow')} ${changed === 1 ? words.one : words.many}${endings(difference)}`
      : '',
    vanished > 0 ? `${counted(vanished, 'flow')} only in A` : '',
    appeared > 0 ? `${counted(appeared, 'flow')} only in B` : '',
    chance > 0 ? `${counted(chance, 'flow')} differently only as chance has it` : '',
    undecided > 0 ? `of ${counted(undecided, 'flow')} it cannot be told` : '',
  ].filter((text) => text !== '');
  if (told.length === 0) return sentence(`${counted(all, 'flow')}: ${words.all}`);
  return sentence(capitalised(told.join('; ')));
}

/** ` (2 forwarded ⇒ dropped, 1 to the same end)`. */
function endings({ flows }: Difference): string {
  const ends = new Map<string, number>();
  for (const { status, ways } of flows) {
    if (status !== 'changed') continue;
    const way = ways.find(({ changed }) => changed.includes('disposition'));
    const end =
      way?.a == null || way.b === null
        ? ways.some(({ changed }) => changed.includes('endpoint'))
          ? 'to another endpoint'
          : 'to the same end'
        : `${way.a.way.disposition} ⇒ ${way.b.way.disposition}`;
    ends.set(end, (ends.get(end) ?? 0) + 1);
  }
  return ` (${[...ends].map(([end, count]) => `${number(count)} ${end}`).join(', ')})`;
}

function sentence(text: string): string {
  return `${text}.`;
}

function plain(text: Line): string {
  return text.map((each) => each.text).join('');
}

/** Entries of one set that are named. */
const NAMED_ENTRIES = 12;

function setBlocks(sets: readonly SetChange[]): readonly Block[] {
  if (sets.length === 0) return [];
  const some = (sign: string, entries: readonly string[]): readonly Line[] => {
    const more = entries.length > NAMED_ENTRIES ? `, and ${number(entries.length - NAMED_ENTRIES)} more` : '';
    if (entries.length === 0) return [];
    return [
      line(
        span(sign === '+' ? 'good' : 'bad', `${sign} ${entries.slice(0, NAMED_ENTRIES).join(', ')}${more}`),
      ),
    ];
  };
  const rows = sets.map(({ kind, name, removed, added }): readonly Line[] => [
    line(kind === 'changed' ? '~ changed' : kind === 'added' ? '+ added' : '- removed'),
    line(name),
    joined([...some('-', removed), ...some('+', added)], '  '),
  ]);
  const shown = rows.slice(0, TOLD_KINDS);
  const rest = rows.length - shown.length;
  return [
    heading('Sets', 'sets'),
    { kind: 'table', head: ['', 'set', 'entries'], align: ['left', 'left', 'left'], rows: shown },
    ...(rest > 0 ? [paragraph(span('muted', `and ${counted(rest, 'more set')}`))] : []),
  ];
}

/** Flows that differ alike, in the order of their first ones. */
function groupsOf(flows: readonly FlowDifference[]): readonly (readonly FlowDifference[])[] {
  const groups = new Map<string, FlowDifference[]>();
  for (const flow of flows) {
    const key = JSON.stringify([flow.status, ...mainWays(flow).map(wayKey)]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [flow]);
    else group.push(flow);
  }
  return [...groups.values()];
}

/** Those with both sides; of a flow that only one side has, the first. */
function mainWays({ ways }: FlowDifference): readonly WayDifference[] {
  const both = ways.filter(({ a, b }) => a !== null && b !== null);
  return both.length > 0 ? both : ways.slice(0, 1);
}

function wayKey({ packet, a, b, changed, parting, why, certain }: WayDifference): unknown {
  const name = (each: PartedStep | null | undefined): string | null =>
    each == null ? null : `${each.step.table}:${each.step.chain}:${each.step.number}`;
  const ends = [a, b].map((side) => {
    const decider = side?.way.decidedBy == null ? undefined : side.way.steps[side.way.decidedBy];
    return [
      side?.way.disposition ?? null,
      decider === undefined ? null : `${decider.chain}:${decider.number}`,
    ];
  });
  return [packet, changed, name(parting?.a), name(parting?.b), why, certain, ends];
}

function kindBlocks(kind: readonly FlowDifference[], { mode }: Difference): readonly Block[] {
  const [first] = kind;
  if (first === undefined) return [];
  const [tone, word] = STATUS_TEXT[first.status];
  const title = line(
    span(
      'strong',
      kind.length === 1
        ? flowText(first.flow)
        : `${counted(kind.length, 'flow')}, as ${flowText(first.flow)}`,
    ),
    '  ',
    span(tone, word),
  );
  const main = mainWays(first);
  const both = main.filter(({ a, b }) => a !== null && b !== null);
  return [
    { kind: 'heading', level: 3, text: title },
    ...both.flatMap((way) => wayBlocks(way, mode)),
    ...aloneBlocks(first, mode, both.length > 0),
    ...(kind.length === 1 ? [] : [othersBlock(kind)]),
  ];
}

function wayBlocks(way: WayDifference, mode: Difference['mode']): readonly Block[] {
  const table = partingTable(way);
  return [
    { kind: 'paragraph', text: wayLine(way) },
    ...(table === null ? [] : [table]),
    { kind: 'list', items: whyLine(way, mode) },
  ];
}

/** Kinds of packet that only one side has. */
function aloneBlocks(flow: FlowDifference, mode: Difference['mode'], after: boolean): readonly Block[] {
  const texts = (['a', 'b'] as const).flatMap((side) => {
    const only = flow.ways.filter((way) => way[side] !== null && way[side === 'a' ? 'b' : 'a'] === null);
    if (only.length === 0) return [];
    const packets = joined(
      only.map((way) =>
        line(`${way.packet} ×${number(way[side]?.packets ?? 0)}`, outcomeOf(flow, way, side, after)),
      ),
      '; ',
    );
    const whose =
      mode === 'rehearsal' ? 'would not come any more: ' : side === 'a' ? 'only in A: ' : 'only in B: ';
    return [line(span('warn', whose), packets)];
  });
  return texts.length === 0 ? [] : [{ kind: 'list', items: texts }];
}

/** `, forwarded to 10.0.0.9:80`: where to, if NAT chose that. */
function outcomeOf(flow: FlowDifference, way: WayDifference, side: 'a' | 'b', after: boolean): string {
  const gone = way[side]?.way;
  if (after || gone === undefined) return '';
  const { server, port } = flow.flow;
  const to = gone.endpoint;
  const there = to === null || (to.address === server && to.port === port);
  return `, ${gone.disposition}${there ? '' : ` to ${endpoint(to.address, to.port)}`}`;
}

function othersBlock(kind: readonly FlowDifference[]): Block {
  const named = kind.slice(1, NAMED_FLOWS + 1).map(({ flow }) => flowText(flow));
  const more = kind.length - 1 - named.length;
  const rest = more > 0 ? `; and ${number(more)} more` : '';
  return { kind: 'list', items: [line(span('muted', `the same: ${named.join('; ')}${rest}`))] };
}

/** `10.0.0.1 → 10.0.0.2:80 TCP`. */
function flowText({ host, protocol, client, server, port }: FlowName): string {
  const name = protocol === null ? '' : ` ${protocolName(protocol)}`;
  return `${host === null ? '' : `${host}: `}${client} → ${endpoint(server, port)}${name}`;
}
