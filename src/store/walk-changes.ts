/**
 * What a step changed ↔ the names of the fields: the values are those of the packet at the step and at the
 * next one. What does not follow from them is kept as it is, elsewhere.
 */
import { dportOf, type Packet, sportOf } from '../model/packet.ts';
import type { Changes } from '../model/walk.ts';

type Field = keyof Changes;

function fieldOf(packet: Packet, field: Field): number | string | null {
  switch (field) {
    case 'src':
    case 'dst':
      return packet[field].text;
    case 'sport':
      return sportOf(packet);
    case 'dport':
      return dportOf(packet);
    default:
      return packet[field];
  }
}

/** The names; null if the values are others than those of the two packets. */
export function nameChanges(changes: Changes, before: Packet, after: Packet): readonly string[] | null {
  const names: string[] = [];
  for (const name in changes) {
    const field = name as Field;
    const pair = changes[field];
    if (pair?.[0] !== fieldOf(before, field) || pair[1] !== fieldOf(after, field)) return null;
    names.push(field);
  }
  return names;
}

/** The changes that have these names. */
export function changesNamed(names: string, before: Packet, after: Packet): Changes {
  const entries = names
    .split(',')
    .map((name) => [name, [fieldOf(before, name as Field), fieldOf(after, name as Field)]]);
  return Object.fromEntries(entries) as Changes;
}
