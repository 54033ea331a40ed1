/**
 * What rows of one listing have in common, read once: the words behind a row's leading comment. A reading that had no
 * problems is kept by its text and by the target that reads along; a jump reads no words, so that all jumps share
 * theirs. Law: rows read the same with a memo as without.
 */
import type { Match } from '../../model/match.ts';
import type { Target } from '../../model/target.ts';
import { targetSyntax } from '../targets/index.ts';
import { LONGEST_COMMENT, readTail, type TailContext, type TailReading } from './list-tail.ts';

/** Tails remembered of a target: a large listing's most frequent ones come early. */
const REMEMBERED = 8192;

type Known = Pick<TailReading, 'matches' | 'target' | 'problems'>;

export class RowMemo {
  readonly #chains: ReadonlyMap<string, { readonly name: string }>;
  readonly #jumps = new Map<string, Known>();
  readonly #tails = new Map<string, Map<string, Known>>();

  /** @param chains of the listing */
  constructor(chains: ReadonlyMap<string, { readonly name: string }>) {
    this.#chains = chains;
  }

  /** Reads what follows a row's columns. */
  tail(context: TailContext): Known {
    const { line, target, goto } = context;
    const comment = leadingComment(context);
    const at = comment === null ? context.at : comment.end;
    const isJump = target !== undefined && (goto || targetSyntax(target) === null);
    const tails = isJump ? this.#jumps : this.#tailsOf(target ?? '');
    const text = line.slice(at);
    let reading = tails.get(text);
    if (reading === undefined) {
      reading = readTail(comment === null ? context : { ...context, at });
      const { matches, problems } = reading;
      if (problems.length === 0 && tails.size < REMEMBERED)
        tails.set(text, { matches, target: reading.target, problems });
    }
    const { problems } = reading;
    const matches = comment === null ? reading.matches : [comment.match, ...reading.matches];
    const isSound = isJump && problems.length === 0;
    return { matches, target: isSound ? this.#jump(target, goto) : reading.target, problems };
  }

  #tailsOf(target: string): Map<string, Known> {
    const known = this.#tails.get(target) ?? new Map<string, Known>();
    this.#tails.set(target, known);
    return known;
  }

  /** With the chain's own string, if it is there: one in memory, and quick to look up. */
  #jump(name: string, goto: boolean): Target {
    return { kind: 'jump', chain: this.#chains.get(name)?.name ?? name, goto };
  }
}

/** The comment that the tail begins with, if no other may begin in it and it can end in one place only. */
function leadingComment({ line, at }: TailContext): { readonly match: Match; readonly end: number } | null {
  let start = at;
  while (line.charCodeAt(start) === 0x20) start++;
  if (!line.startsWith('/* ', start)) return null;
  const end = line.indexOf(' */', start + 3);
  const next = end + 3;
  if (end < 0 || end - start - 3 > LONGEST_COMMENT) return null;
  if (next < line.length && line.charCodeAt(next) !== 0x20) return null;
  if (line.includes('/* ', start + 3) || line.includes(' */', next)) return null;
  return { match: { kind: 'comment', text: line.slice(start + 3, end) }, end: next };
}
