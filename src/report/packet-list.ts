/**
 * Groups of equal walks → the list that a long report begins with, one line for each kind of packet, the
 * alarming ones first; and what is to be said of a group's walks together.
 */
import { isReply } from '../model/packet.ts';
import { counted, number } from './count.ts';
import { type Group, MAX_KINDS } from './groups.ts';
import { type Block, joined, type Line, line, span } from './outline.ts';
import type { Renumbering } from './renumbering.ts';
import { type Likeness, verdictLine } from './walk-outline.ts';

/** Kinds of packet listed before the details. */
const TOP_GROUPS = 25;

/** One line for each kind of packet. */
export function packetList(
  groups: readonly Group[],
  beyond: number,
  renumbering: Renumbering,
): readonly Block[] {
  const items = groups.slice(0, TOP_GROUPS).map((group) => groupLine(group, renumbering));
  const blocks: Block[] = [
    { kind: 'heading', text: line('Packets') },
    { kind: 'list', items },
  ];
  const more = groups.length - items.length;
  if (more > 0)
    blocks.push({ kind: 'paragraph', text: [span('muted', `and ${counted(more, 'more kind')}, below`)] });
  if (beyond > 0) {
    const text = `${counted(beyond, 'packet')} of further kinds: counted above, not shown (use a filter, or --all)`;
    blocks.push({ kind: 'paragraph', text: [span('warn', text)] });
  }
  return blocks;
}

function groupLine(group: Group, renumbering: Renumbering): Line {
  const { example, count } = group;
  const times = count === 1 ? '' : ` ×${number(count)}`;
  return line(
    span('strong', `#${example.n}${times}`),
    '  ',
    verdictLine(example, likenessOf(group), renumbering),
  );
}

/** What is to be said of a group's walks together; null for a single one. */
export function likenessOf({ count, example, others, ports, kinds }: Group): Likeness | null {
  if (count === 1) return null;
  const named = [example.n, ...others].map((n): Line => [{ ...span('plain', `#${n}`), walk: n }]);
  const rest = count - 1 - others.length;
  const kind = kinds.size > MAX_KINDS ? firstWord(kinds) : shared([...kinds]);
  return {
    count,
    ports,
    side: isReply(example.packet) ? 'dst' : 'src',
    kind,
    note: line(
      `${number(count)} packets like this: `,
      joined(named, ' '),
      `${rest > 0 ? ` and ${number(rest)} more` : ''}; shown is `,
      { ...span('plain', `#${example.n}`), walk: example.n },
    ),
  };
}

function firstWord(kinds: ReadonlySet<string>): string {
  const [first = ''] = kinds;
  return first.split(' ')[0] ?? first;
}

/** `TCP SYN`, `TCP ACK` → `TCP SYN / ACK`. */
function shared(kinds: readonly string[]): string {
  const [first = '', ...rest] = kinds;
  const space = first.indexOf(' ');
  const head = space < 0 ? first : first.slice(0, space + 1);
  return [first, ...rest.map((kind) => (kind.startsWith(head) ? kind.slice(head.length) : kind))].join(' / ');
}
