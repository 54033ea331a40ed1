/**
 * A row of a listing → a rule. What the row cannot tell (interfaces without -v, a host name) is an unknown
 * condition, not an absent one.
 */
import type { Family } from '../../model/address.ts';
import type { Match } from '../../model/match.ts';
import type { Token } from '../lexer.ts';
import { protocolNumber } from '../names/protocols.ts';
import type { ListShape } from '../nodes.ts';
import type { ListContext, ListLayout, RuleLine, RuleProblem } from '../rule-line.ts';
import { scanListRow } from '../scan-list.ts';
import { isAny, readNetwork } from './addresses.ts';
import { listedCounters } from './counters.ts';
import { damagedLine } from './damaged.ts';
import { parseInterface } from './interfaces.ts';
import { readTail, type TailContext } from './list-tail.ts';
import type { RowMemo } from './row-memo.ts';
import { type ListStart, LONGEST_RULE, parseListShape } from './shapes.ts';

/** Without a heading the row itself must show what it has. */
const GUESSES: readonly ListStart[] = ['verbose', 'numberedVerbose', 'plain', 'numberedPlain'];

function startsFor(layout: ListLayout | null): readonly ListStart[] {
  if (layout === null) return GUESSES;
  if (layout.verbose) return [layout.numbered ? 'numberedVerbose' : 'verbose'];
  return [layout.numbered ? 'numberedPlain' : 'plain'];
}

/**
 * `bpf` prints no blank before itself and a NUL behind (libxt_bpf.c, bpf_print): `udp dpt:4789match bpf 48 0 0 9\0`.
 */
const GLUED_BPF = /(?<=\S)match bpf (?=[0-9]+ [0-9]+ [0-9]+ [0-9]+)/;

/** @param memo of the rows before, which may have said the same */
export function readListRow(
  row: string,
  { family, layout }: ListContext,
  memo: RowMemo | null = null,
): RuleLine {
  if (row.length > LONGEST_RULE) return damagedLine(row, 1);
  const line = row.includes('match bpf ') ? row.replace(GLUED_BPF, ' $&').replaceAll('\0', ' ') : row;
  if (layout?.verbose === true) {
    const scanned = scanListRow(line, layout.numbered);
    if (scanned !== null) return new RowReader(line, scanned.tokens, scanned.shape, family, memo).rule();
  }
  let refused = 0;
  for (const start of startsFor(layout)) {
    const parsed = parseListShape(line, start);
    if (parsed.shape !== null) return new RowReader(line, parsed.tokens, parsed.shape, family, memo).rule();
    refused = Math.max(refused, parsed.refused?.offset ?? 0);
  }
  return damagedLine(line, refused + 1);
}

class RowReader {
  readonly #line: string;
  readonly #tokens: readonly Token[];
  readonly #shape: ListShape;
  readonly #family: Family;
  readonly #memo: RowMemo | null;
  readonly #problems: RuleProblem[] = [];
  readonly #header: Match[] = [];

  constructor(
    line: string,
    tokens: readonly Token[],
    shape: ListShape,
    family: Family,
    memo: RowMemo | null,
  ) {
    this.#line = line;
    this.#tokens = tokens;
    this.#shape = shape;
    this.#family = family;
    this.#memo = memo;
  }

  rule(): RuleLine {
    const shape = this.#shape;
    const number = this.#text(shape.number);
    this.#add(this.#network('source', '-s', shape.source));
    this.#add(this.#network('destination', '-d', shape.destination));
    this.#add(this.#interface('in-interface', '-i', shape.in));
    this.#add(this.#interface('out-interface', '-o', shape.out));
    this.#add(this.#protocol());
    this.#add(this.#fragment());
    const last = this.#tokens[shape.goto ?? shape.destination ?? 0];
    const context: TailContext = {
      line: this.#line,
      at: last === undefined ? 0 : last.offset + last.text.length,
      family: this.#family,
      target: this.#text(shape.target),
      goto: shape.goto !== undefined,
    };
    const tail = this.#memo === null ? readTail(context) : this.#memo.tail(context);
    return {
      command: 'append',
      chain: null,
      number: number === undefined ? null : Number(number),
      matches: this.#header.concat(tail.matches),
      target: tail.target,
      counters: listedCounters(this.#text(shape.packets), this.#text(shape.bytes)),
      damaged: false,
      problems: this.#problems.length === 0 ? tail.problems : [...this.#problems, ...tail.problems],
    };
  }

  #add(match: Match | null): void {
    if (match !== null) this.#header.push(match);
  }

  #text(index: number | undefined): string | undefined {
    return index === undefined ? undefined : this.#tokens[index]?.text;
  }

  /** `!` sticks to the word. */
  #inverted(index: number | undefined): { readonly not: boolean; readonly word: string } {
    const text = this.#text(index) ?? '';
    return text.startsWith('!') ? { not: true, word: text.slice(1) } : { not: false, word: text };
  }

  /** In save form if `option` is given: iptables may know the name that we do not. */
  #unreadable(name: string, option: string, index: number | undefined): Match {
    const { not, word } = this.#inverted(index);
    const text = option === '' ? `${not ? '!' : ''}${word}` : `${not ? '! ' : ''}${option} ${word}`;
    const token = index === undefined ? undefined : this.#tokens[index];
    this.#problems.push({
      code: 'rule.value',
      column: (token?.offset ?? 0) + 1,
      length: Math.max(1, token?.text.length ?? 1),
      args: { what: token?.text ?? text },
    });
    return { kind: 'unknown', name, text, why: 'value' };
  }

  #network(kind: 'source' | 'destination', option: string, index: number | undefined): Match | null {
    const { not, word } = this.#inverted(index);
    const anywhere = this.#family === 'ipv4' ? '0.0.0.0/0' : '::/0';
    /* Without -n IPv6 prints `::` with any mask so: an inverted one is hardly `::/0`. */
    const isSomewhere = not && word === 'anywhere' && this.#family === 'ipv6';
    const network = readNetwork(word === 'anywhere' ? anywhere : word, this.#family);
    if (isSomewhere) return this.#unreadable(kind, '', index);
    if (network === null) return this.#unreadable(kind, option, index);
    return isAny(network) && !not ? null : { kind, not, network };
  }

  #interface(
    kind: 'in-interface' | 'out-interface',
    option: string,
    index: number | undefined,
  ): Match | null {
    if (index === undefined) return { kind: 'unknown', name: kind, text: '', why: 'lost' };
    const { not, word } = this.#inverted(index);
    if ((word === '*' || word === 'any') && !not) return null;
    const name = parseInterface(word);
    return name === null ? this.#unreadable(kind, option, index) : { kind, not, interface: name };
  }

  #protocol(): Match | null {
    const { not, word } = this.#inverted(this.#shape.protocol);
    const number = protocolNumber(word);
    if (number === null) return this.#unreadable('protocol', '-p', this.#shape.protocol);
    return number === 0 ? null : { kind: 'protocol', not, number };
  }

  #fragment(): Match | null {
    const opt = this.#text(this.#shape.opt);
    return opt === '-f' || opt === '!f' ? { kind: 'fragment', not: opt === '!f' } : null;
  }
}
