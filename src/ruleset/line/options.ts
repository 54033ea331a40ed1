/**
 * The options of one extension on a save line, by name: extensions ask for what they know and say how each
 * word is to be read. A word that does not parse is remembered as the fault; the extension need not care.
 */
import type { Family } from '../../model/address.ts';
import type { Inv } from '../../model/match.ts';

/** `! --dport 22`. */
export interface Option {
  readonly name: string;
  readonly not: boolean;
  /** Without quotes. */
  readonly words: readonly string[];
  /** Where it stands in the line, from its `!` or its dashes to its last word. */
  readonly start: number;
  readonly end: number;
}

export class Options {
  readonly all: readonly Option[];
  readonly family: Family;
  #fault: Option | null = null;

  constructor(all: readonly Option[], family: Family) {
    this.all = all;
    this.family = family;
  }

  /** The first option with a word that does not parse. */
  get fault(): Option | null {
    return this.#fault;
  }

  /** Makes `option` the fault, if there is none yet. */
  refuse(option: Option): null {
    this.#fault ??= option;
    return null;
  }

  find(name: string): Option | null {
    let found: Option | null = null;
    for (const option of this.all) {
      if (option.name !== name) continue;
      if (found !== null) this.refuse(option);
      found ??= option;
    }
    return found;
  }

  has(name: string): boolean {
    const option = this.find(name);
    if (option?.not) this.refuse(option);
    return option !== null;
  }

  /** The option's first word, read; null if the option is absent or its word does not parse. */
  value<T>(name: string, read: (word: string, second: string) => T | null): T | null {
    const option = this.find(name);
    if (option?.not) return this.refuse(option);
    return option === null ? null : this.read(option, read);
  }

  /** The same for an option that `!` may invert. */
  inverted<T>(name: string, read: (word: string, second: string) => T | null): Inv<T> | null {
    const option = this.find(name);
    const value = option === null ? null : this.read(option, read);
    return option === null || value === null ? null : { not: option.not, value };
  }

  text(name: string): string | null {
    return this.value(name, (word) => word);
  }

  read<T>(option: Option, read: (word: string, second: string) => T | null): T | null {
    const [word, second = ''] = option.words;
    const value = word === undefined ? null : read(word, second);
    return value ?? this.refuse(option);
  }
}
