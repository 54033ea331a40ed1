/** The text of a rule in save form → its options, each with its `!` and its values: `! -i eth0`, `--dport 80`. */

const WORD = /"(?:\\.|[^"\\])*"|\S+/g;

/** The options in order; `-A CHAIN` is left out. Text that is no option stays with the one before it. */
export function splitOptions(text: string): readonly string[] {
  const options: string[] = [];
  let negated = false;
  for (const [word] of text.matchAll(WORD)) {
    const last = options.length - 1;
    if (word === '!') {
      negated = true;
    } else if (/^--?[A-Za-z]/.test(word)) {
      options.push(negated ? `! ${word}` : word);
      negated = false;
    } else if (last >= 0) {
      // Some extensions take the `!` behind the option's name.
      options[last] += negated ? ` ! ${word}` : ` ${word}`;
      negated = false;
    }
  }
  return options.filter((option) => !option.startsWith('-A '));
}
