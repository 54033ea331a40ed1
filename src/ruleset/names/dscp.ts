/** DiffServ class names and the older names of the TOS byte: extensions/dscp_helper.c, tos_values.c. */

const CLASSES = new Map<string, number>([
  ...Array.from({ length: 8 }, (_, i) => [`CS${i}`, i << 3] as const),
  ['BE', 0] as const,
  ...[1, 2, 3, 4].flatMap((level) =>
    [1, 2, 3].map((drop) => [`AF${level}${drop}`, (level << 3) | (drop << 1)] as const),
  ),
  ['EF', 0x2e] as const,
]);

/** Six bits; null for an unknown class. */
export function dscpOfClass(name: string): number | null {
  return CLASSES.get(name.toUpperCase()) ?? null;
}

const TOS_NAMES = new Map([
  ['minimize-delay', 0x10],
  ['maximize-throughput', 0x08],
  ['maximize-reliability', 0x04],
  ['minimize-cost', 0x02],
  ['normal-service', 0x00],
]);

/** A name means these bits of the six that TOS had. */
export const NAMED_TOS_MASK = 0x3f;

/** The TOS bits that a name stands for; null if it is none. */
export function tosOfName(name: string): number | null {
  return TOS_NAMES.get(name.toLowerCase()) ?? null;
}
