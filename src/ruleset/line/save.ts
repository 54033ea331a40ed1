/**
 * A save line's structure → a rule. The line is read as iptables-restore would read it: options in any order,
 * each given to the extension that knows it. What iptables would refuse is kept word for word as unknown.
 */
import type { Family } from '../../model/address.ts';
import type { Match, UnknownMatch } from '../../model/match.ts';
import type { Counters } from '../../model/ruleset.ts';
import type { Target } from '../../model/target.ts';
import type { Token } from '../lexer.ts';
import { matchSyntax } from '../matches/index.ts';
import { protocolNumber } from '../names/protocols.ts';
import type { OptionShape, SaveShape } from '../nodes.ts';
import type { RuleLine, RuleProblem, SaveContext } from '../rule-line.ts';
import { targetSyntax } from '../targets/index.ts';
import { type Letter, longOption, longOptionsLike, shortOption } from './core-options.ts';
import { exactCounters } from './counters.ts';
import { damagedLine } from './damaged.ts';
import { type Loaded, type Owner, ownerOf, ownersLike, PROTOCOL_EXTENSIONS } from './extensions.ts';
import { readHeader } from './header.ts';
import { type Complain, matchOf, targetOf } from './interpret.ts';
import type { Option } from './options.ts';
import { unquote } from './quote.ts';
import { LONGEST_RULE, type Parsed, parseSaveShape } from './shapes.ts';

const COMMANDS = { A: 'append', I: 'insert', D: 'delete', R: 'replace', C: 'check' } as const;

/** The rules of one line. Empty only if it says that it is for the other family (`-4`, `-6`). */
export function readSaveLine(line: string, { family }: SaveContext): readonly RuleLine[] {
  if (line.length > LONGEST_RULE) return [damagedLine(line, 1)];
  const parsed = parseSaveShape(line);
  if (parsed.shape === null) return [damagedLine(line, (parsed.refused?.offset ?? 0) + 1)];
  const reader = new SaveReader(line, parsed, family);
  for (const option of parsed.shape.options) reader.read(option);
  return reader.rules(parsed.shape.counters);
}

const NO_PROBLEMS: readonly RuleProblem[] = [];

/** An option with its words' places. */
interface PlacedOption extends Option {
  readonly tokens: readonly Token[];
}

class SaveReader {
  readonly #line: string;
  readonly #tokens: Parsed<SaveShape>['tokens'];
  readonly #family: Family;
  readonly #loaded: Loaded[] = [];
  readonly #problems: RuleProblem[] = [];
  readonly #left: UnknownMatch[] = [];
  readonly #header: Option[] = [];
  #command: RuleLine['command'] = 'append';
  #chain: string | null = null;
  #number: number | null = null;
  #counters: Counters | null = null;
  #goto: string | null = null;
  #protocol: number | null = null;
  #otherFamily = false;

  constructor(line: string, { tokens }: Parsed<SaveShape>, family: Family) {
    this.#line = line;
    this.#tokens = tokens;
    this.#family = family;
  }

  read(shape: OptionShape): void {
    const token = this.#tokens[shape.option];
    if (token === undefined) return;
    const tokens = shape.words.map((index) => this.#tokens[index]).filter((word) => word !== undefined);
    const last = tokens.at(-1) ?? token;
    const before = this.#tokens[shape.option - 1];
    const option: PlacedOption = {
      name: token.text.replace(/^--?/, '').replace(/=$/, ''),
      not: shape.not,
      words: tokens.map(({ text }) => unquote(text)),
      start: before?.type === 'bang' ? before.offset : token.offset,
      end: last.offset + last.text.length,
      tokens,
    };
    if (token.text.startsWith('--')) this.#long(option);
    else this.#core(shortOption(option.name), option);
  }

  #long(option: PlacedOption): void {
    const exact = ownerOf(option.name, this.#loaded);
    if (exact !== null) {
      this.#give(exact, option);
      return;
    }
    const core = longOption(option.name);
    if (core !== null) {
      this.#core(core, option);
      return;
    }
    const foreign = this.#loaded.findLast((loaded) => loaded.syntax === null);
    const [letter, ...letters] = foreign === undefined ? longOptionsLike(option.name) : [];
    const [owner, ...owners] = ownersLike(option.name, this.#loaded);
    if (letters.length === 0 && owners.length === 0) {
      if (letter !== undefined && owner === undefined) {
        this.#core(letter, option);
        return;
      }
      if (letter === undefined && owner !== undefined) {
        this.#give(owner, option);
        return;
      }
    }
    this.#callProtocol(option);
  }

  /** An option that nothing loaded knows calls in the protocol's extension, if that knows it. */
  #callProtocol(option: PlacedOption): void {
    const name = PROTOCOL_EXTENSIONS.get(this.#protocol ?? -1);
    const syntax = name === undefined ? null : matchSyntax(name);
    const there = this.#loaded.some((loaded) => loaded.name === name);
    if (name !== undefined && syntax !== null && !there) {
      const loaded: Loaded = { what: 'match', name, syntax, pieces: [], options: [] };
      const [owner, ...others] = [ownerOf(option.name, [loaded]) ?? ownersLike(option.name, [loaded])].flat();
      if (owner !== undefined && others.length === 0) {
        this.#loaded.push(loaded);
        this.#give(owner, option);
        return;
      }
    }
    const foreign = this.#loaded.findLast((loaded) => loaded.syntax === null);
    if (foreign !== undefined) {
      this.#add(foreign, option);
      return;
    }
    this.#leave(option.start, option.end);
  }

  #give({ loaded, name, arity }: Owner, option: PlacedOption): void {
    this.#add(loaded, { ...option, name, words: option.words.slice(0, arity) });
    this.#leaveWords(option, arity);
  }

  #add(loaded: Loaded, option: Option): void {
    loaded.options.push(option);
    loaded.pieces.push({ start: option.start, end: option.end });
  }

  #core(letter: Letter | null, option: PlacedOption): void {
    const [word] = option.words;
    switch (letter) {
      case 'A':
      case 'I':
      case 'D':
      case 'R':
      case 'C':
        this.#command = COMMANDS[letter];
        this.#chain = word ?? null;
        this.#number = /^[1-9][0-9]{0,8}$/.test(option.words[1] ?? '') ? Number(option.words[1]) : null;
        this.#leaveWords(option, this.#number === null ? 1 : 2);
        break;
      case 'm':
        this.#load('match', word, option);
        break;
      case 'j':
        this.#load('target', word, option);
        break;
      case 'g':
        this.#goto = word ?? '';
        this.#leaveWords(option, 1);
        break;
      case 'c':
        this.#counters = exactCounters(word, option.words[1]);
        this.#leaveWords(option, this.#counters === null ? 0 : 2);
        break;
      case '4':
      case '6':
        this.#otherFamily ||= (letter === '4') !== (this.#family === 'ipv4');
        this.#leaveWords(option, 0);
        break;
      case 't':
        this.#leaveWords(option, 1);
        break;
      case 'ignored':
        this.#leaveWords(option, /^[0-9]+$/.test(word ?? '') ? 1 : 0);
        break;
      case 'p':
        this.#protocol = protocolNumber(word ?? '');
        this.#header.push({ ...option, name: 'p' });
        this.#leaveWords(option, 1);
        break;
      case 'f':
        this.#header.push({ ...option, name: 'f' });
        this.#leaveWords(option, 0);
        break;
      case 's':
      case 'd':
      case 'i':
      case 'o':
        this.#header.push({ ...option, name: letter });
        this.#leaveWords(option, 1);
        break;
      case null:
        this.#leave(option.start, option.end);
        break;
    }
  }

  #load(what: Loaded['what'], name: string | undefined, option: PlacedOption): void {
    const known = name === undefined ? null : what === 'match' ? matchSyntax(name) : targetSyntax(name);
    const [word] = option.tokens;
    const piece = {
      start: option.start,
      end: word === undefined ? option.end : word.offset + word.text.length,
    };
    if (name === undefined || option.not || (what === 'target' && this.#target() !== undefined)) {
      this.#leave(option.start, option.end);
      return;
    }
    this.#loaded.push({ what, name, syntax: known, pieces: [piece], options: [] });
    this.#leaveWords(option, 1);
  }

  #target(): Loaded | undefined {
    return this.#loaded.find((loaded) => loaded.what === 'target');
  }

  /** Words beyond those that the option takes. */
  #leaveWords(option: PlacedOption, taken: number): void {
    const first = option.tokens[taken];
    if (first !== undefined) this.#leave(first.offset, option.end);
  }

  #leave(start: number, end: number): void {
    const text = this.#line.slice(start, end);
    const [name = ''] = text.replace(/^! /, '').split(/[\s=]/);
    this.#left.push({ kind: 'unknown', name: name.replace(/^--?/, ''), text, why: 'extension' });
    this.#problem('rule.words', start, end, { words: text });
  }

  readonly #problem: Complain = (code, start, end, args) => {
    this.#problems.push({ code, column: start + 1, length: Math.max(1, end - start), args });
  };

  rules(counters: number | null): readonly RuleLine[] {
    if (this.#otherFamily) return [];
    if (this.#chain === null) return [damagedLine(this.#line, 1)];
    const header = readHeader(this.#header, this.#family, (option) => {
      const text = this.#line.slice(option.start, option.end);
      this.#problem('rule.value', option.start, option.end, { what: text });
      return text;
    });
    const matches: Match[] = [];
    let target: Target | null = null;
    for (const loaded of this.#loaded) {
      if (loaded.what === 'match') matches.push(matchOf(loaded, this.#line, this.#family, this.#problem));
      else target = targetOf(loaded, this.#line, this.#family, this.#problem);
    }
    if (this.#goto !== null) target = { kind: 'jump', chain: this.#goto, goto: true };
    const inFront = counters === null ? null : this.#tokens[counters]?.text.slice(1, -1).split(':');
    const common = {
      command: this.#command,
      chain: this.#chain,
      number: this.#number,
      target: target ?? ({ kind: 'none' } as const),
      counters: inFront ? exactCounters(inFront[0], inFront[1]) : this.#counters,
      damaged: false,
      problems: this.#problems.length === 0 ? NO_PROBLEMS : this.#problems,
    };
    return header.map((conditions) => ({ ...common, matches: [...conditions, ...matches, ...this.#left] }));
  }
}
