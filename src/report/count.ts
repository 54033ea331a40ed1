/** Numbers and what they count, as a sentence has them; and how a sentence begins. */

/** `12,345`. */
export function number(value: number): string {
  return String(value).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** `1 packet`, `12,345 packets`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${number(value)} ${value === 1 ? one : many}`;
}

/** With a capital at its beginning, as a sentence or a heading has it; a file's or chain's name stays as it is. */
export function capitalised(text: string): string {
  if (!/^\p{L}+(?=[\s,;:]|$)/u.test(text)) return text;
  const [first = ''] = text;
  return first.toUpperCase() + text.slice(first.length);
}
