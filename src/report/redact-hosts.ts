/**
 * Names of hosts, found again in any text: as whole words, with whatever domain follows; of a name with a domain
 * also its first label. Looks each word of a text up, so that the number of hosts does not matter.
 */

const WORDS = /[\p{L}\p{N}_]+/gu;
const FIRST_WORD = /[\p{L}\p{N}_]+/u;
const WORD_CHARACTER = /^[\p{L}\p{N}_]/u;
const DOMAIN = /(?:\.[A-Za-z][A-Za-z0-9-]*)+/y;

interface Known {
  readonly name: string;
  /** Where in the name its first word begins. */
  readonly offset: number;
  readonly given: string;
}

export class HostNames {
  readonly #given = new Map<string, string>();
  /** By their first word, the longest first. */
  readonly #byWord = new Map<string, Known[]>();

  get(name: string): string | undefined {
    return this.#given.get(name);
  }

  add(name: string, given: string): void {
    this.#given.set(name, given);
    this.#find(name, given);
    // An address is no name with a domain.
    const label = /^([^.]*[^\d.][^.]*)\../.exec(name)?.[1];
    if (label !== undefined && !this.#given.has(label)) this.#find(label, given);
  }

  #find(name: string, given: string): void {
    const first = FIRST_WORD.exec(name);
    if (first === null) return;
    const known = this.#byWord.get(first[0]) ?? [];
    known.push({ name, offset: first.index, given });
    known.sort((a, b) => b.name.length - a.name.length);
    this.#byWord.set(first[0], known);
  }

  /** The text with every host's name replaced. */
  replace(text: string): string {
    if (this.#byWord.size === 0) return text;
    let replaced = '';
    let done = 0;
    for (const { 0: word, index } of text.matchAll(WORDS)) {
      if (index < done) continue;
      const known = this.#byWord
        .get(word)
        ?.find(({ name, offset }) => isAt(text, name, index - offset, done));
      if (known === undefined) continue;
      const start = index - known.offset;
      replaced += text.slice(done, start) + known.given;
      done = afterDomain(text, start + known.name.length);
    }
    return done === 0 ? text : replaced + text.slice(done);
  }
}

/** Whether the name stands there as a word of its own. */
function isAt(text: string, name: string, start: number, from: number): boolean {
  if (start < from || !text.startsWith(name, start)) return false;
  const end = start + name.length;
  const last = name.at(-1) ?? '';
  return !(WORD_CHARACTER.test(last) && WORD_CHARACTER.test(text.slice(end, end + 2)));
}

/** The end of the domain that follows a name. */
function afterDomain(text: string, end: number): number {
  DOMAIN.lastIndex = end;
  const found = DOMAIN.exec(text);
  if (found === null || WORD_CHARACTER.test(text.slice(DOMAIN.lastIndex, DOMAIN.lastIndex + 2))) return end;
  return DOMAIN.lastIndex;
}
