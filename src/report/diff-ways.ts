/**
 * Two ways of a packet → how each ended, the last step that they share and the first that differs with both
 * rules' texts, and why: what became of the rules, or what else must differ.
 */
import type {
  DiffMode,
  PartedStep,
  Parting,
  Passage,
  RuleFate,
  Way,
  WayDifference,
  WayStep,
} from '../model/difference.ts';
import { number } from './count.ts';
import { type Block, joined, type Line, line, span } from './outline.ts';
import { ownText } from './rule-text.ts';
import { placeInFile } from './sarif.ts';
import { DISPOSITION_TONE, endpoint } from './verdict.ts';

/** `TCP SYN: forwarded eth0 → eth1 ⇒ dropped by filter FORWARD:3`. */
export function wayLine(difference: WayDifference): Line {
  const { packet, a, b } = difference;
  if (a === null || b === null) return line(packet);
  return line(
    span('strong', packet),
    ': ',
    ...outcomes(a.way, b.way, difference),
    span('muted', `  (${seen('A', a)}${b.first === null ? '' : `, ${seen('B', b)}`})`),
  );
}

function seen(side: string, { packets, first }: Passage): string {
  const place = first === null ? '' : `, first #${first.n} at ${first.file}:${first.line}`;
  return `${side} ×${number(packets)}${place}`;
}

function outcomes(a: Way, b: Way, difference: WayDifference): Line {
  const [before, after] = [outcome(a, difference), outcome(b, difference)];
  const same = before.length === after.length && before.every(({ text }, i) => text === after[i]?.text);
  return same ? line('still ', after) : line(before, ' ⇒ ', after);
}

/** How a way ended, with the fields that differ from the other side. */
function outcome(way: Way, { changed }: WayDifference): Line {
  const { disposition, decidedBy, endpoint: to, peer, mark } = way;
  const decider = decidedBy === null ? undefined : way.steps[decidedBy];
  const details = [
    decider === undefined ? '' : `by ${stepName(decider)}`,
    changed.includes('endpoint') && to !== null ? `at ${endpoint(to.address, to.port)}` : '',
    changed.includes('peer') && peer !== null ? `other end ${peer}` : '',
    changed.includes('in') ? `in by ${way.in ?? 'this host'}` : '',
    changed.includes('out') ? `out by ${way.out ?? '?'}` : '',
    changed.includes('mark') && mark !== null ? `mark 0x${mark.toString(16)}` : '',
  ].filter((text) => text !== '');
  return line(
    span(DISPOSITION_TONE[disposition], disposition),
    details.length === 0 ? '' : ` ${details.join(', ')}`,
  );
}

/** `filter FORWARD:3`; of a policy and a chain's end, what it is. */
function stepName({ table, chain, number: at, place, type }: WayStep): string {
  switch (place.kind) {
    case 'policy':
      return `the policy of ${table} ${chain}`;
    case 'return':
      return `the end of ${table} ${chain}`;
    case 'rule':
      return `${table} ${chain}:${at}`;
    case 'missing':
    case 'ungiven':
      return `${table} ${chain} ${type} ${at}`;
  }
}

/** The last common step, the first that differs of either side, and what stopped the packet if it comes later. */
export function partingTable({ a, b, parting }: WayDifference): Block | null {
  if (parting === null || a === null || b === null) return null;
  const last = a.way.steps[parting.at - 1];
  const rows: (readonly Line[])[] = [];
  if (last !== undefined) {
    const steps = parting.at === 1 ? 'the first step is the same' : `${parting.at} steps are the same, to`;
    rows.push(row('A B', last, line(span('muted', `${steps}: `), stepText(last))));
  }
  const alike = partsAlike(parting);
  rows.push(...sideRows('A', a, parting.a, alike ? parting.later.a : null));
  rows.push(...sideRows('B', b, parting.b, alike ? parting.later.b : null));
  return { kind: 'table', head: ['', 'step', 'rule'], align: ['left', 'left', 'left'], rows };
}

/** The first step that differs, `later`: a rule further on that only this side has, and what stopped the packet. */
function sideRows(
  side: 'A' | 'B',
  { way }: Passage,
  parted: PartedStep | null,
  later: PartedStep | null,
): readonly (readonly Line[])[] {
  if (parted === null) return [[line(span('strong', side)), line(), line(span('muted', 'nothing more'))]];
  const decider = way.decidedBy === null ? undefined : way.steps[way.decidedBy];
  const rows = [row(side, parted.step, line(stepText(parted.step), fateText(parted.fate, side)))];
  const then = (step: WayStep, fate: Line): void => {
    rows.push(row(side, step, line(span('muted', 'further on: '), stepText(step), fate)));
  };
  if (later !== null && later.step !== parted.step) then(later.step, fateText(later.fate, side));
  if (decider !== undefined && decider !== parted.step && decider !== later?.step) then(decider, []);
  return rows;
}

function row(side: string, step: WayStep, text: Line): readonly Line[] {
  return [line(span('strong', side)), line(`${step.hook} ${stepName(step)}`), text];
}

/** The rule in its owner's words, with its place. */
function stepText({ place, type, number: at }: WayStep): Line {
  const file = placeInFile(place);
  const where = file === null ? '' : `  (${file.file}:${file.line})`;
  switch (place.kind) {
    case 'rule':
      return line(span('code', ownText(place.rule)), span('muted', where));
    case 'policy':
      return line(`policy ${place.chain.policy ?? ''}`.trim(), span('muted', where));
    case 'return':
      return line(place.chain.rules.length === 0 ? 'empty chain' : 'end of chain');
    case 'missing':
    case 'ungiven':
      return line(span('muted', `${type} ${at}, no rules given`));
  }
}

function fateText(fate: RuleFate, side: 'A' | 'B'): Line {
  const texts: Readonly<Record<RuleFate, string>> = {
    both: '',
    only: `only ${side} has this rule`,
    moved: 'moved',
    changed: 'edited',
    unknown: '',
  };
  return texts[fate] === '' ? [] : line('  ', span('change', `← ${texts[fate]}`));
}

/** Whether both sides have the rules of the steps that differ. */
function partsAlike({ a, b }: Parting): boolean {
  return [a, b].every((each) => each === null || each.fate === 'both');
}

/** Why the ways differ, and what is taken for granted. */
export function whyLine(
  { why, parting, b, certain, changed }: WayDifference,
  mode: DiffMode,
): readonly Line[] {
  const unknown = [parting?.a, parting?.b].some((each) => each?.fate === 'unknown');
  const text = {
    rules: unknown
      ? 'the rules of one side were not given: told apart by number'
      : parting !== null && partsAlike(parting)
        ? 'they part where the rules are the same; what differs is further on'
        : null,
    chance: 'left to chance: both sides have these rules, and either way is open',
    state:
      mode === 'expected'
        ? 'the kernel went another way than these rules say'
        : parting === null
          ? 'the same steps: what differs is not the rules that matched'
          : 'both sides have these rules: a set, a connection, a mark, a route or the packet differs',
  }[why];
  const other = changed.filter((field) => field === 'endpoint' || field === 'mark');
  const facts = b?.assumptions ?? [];
  return [
    ...(text === null ? [] : [line(span('muted', text))]),
    ...(other.length > 0 && parting === null ? [line(span('change', `${other.join(' and ')} changed`))] : []),
    ...(certain ? [] : [line(span('warn', 'not certain: '), 'it may also go as before')]),
    ...(facts.length === 0
      ? []
      : [
          line(
            span('muted', 'B assumes: '),
            joined(
              facts.slice(0, 5).map((fact) => line(fact)),
              '; ',
            ),
          ),
        ]),
  ];
}
