/**
 * Text that a reader of the kernel log wrote in disguise, into what the kernel said: terminal colours and stray
 * NUL bytes taken out, /dev/kmsg's `\xNN` bytes put back.
 */

/** Colours and other sequences of a terminal, ECMA-48, and NUL. */
const SEQUENCES = /\0+|\u001b(?:\[[0-9;:?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\^_])/g;

const SEQUENCE_BEGINS = /[\0\u001b]/;

/** Takes terminal sequences and NUL out. `columnOf` gives an index of the original for one of the result. */
export function stripColours(line: string): { text: string; columnOf: (index: number) => number } {
  if (!SEQUENCE_BEGINS.test(line)) return { text: line, columnOf: (index) => index };
  const gone: { readonly at: number; readonly length: number }[] = [];
  const text = line.replace(SEQUENCES, (sequence, at: number) => {
    gone.push({ at, length: sequence.length });
    return '';
  });
  const columnOf = (index: number): number => {
    let column = index;
    for (const { at, length } of gone) if (at <= column) column += length;
    return column;
  };
  return { text, columnOf };
}

/** Puts back the bytes that /dev/kmsg writes as `\xNN`: kernel/printk/printk.c, msg_add_ext_text. */
export function unescapeKmsg(text: string): string {
  return text.replace(/(?:\\x[0-9a-f]{2})+/g, (run) => {
    const bytes = run.slice(2).split('\\x');
    return new TextDecoder().decode(Uint8Array.from(bytes, (digits) => Number.parseInt(digits, 16)));
  });
}
