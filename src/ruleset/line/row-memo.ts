/**
 * What rows of one listing have in common, read once: the words behind a row's leading comment, with its target. A
 * reading that had no problems is kept by its text; where it stands does not matter to it. Law: rows read the same
 * with a memo as without.
 */
import type { Match } from '../../model/match.ts';
import { LONGEST_COMMENT, readTail, type TailContext, type TailReading } from './list-tail.ts';

/** Tails remembered: a large listing's most frequent ones come early. */
const REMEMBERED = 8192;

type Known = Pick<TailReading, 'matches' | 'target' | 'problems'>;

export class RowMemo {
  readonly #tails = new Map<string, Known>();

  /** Reads what follows a row's columns. */
  tail(context: TailContext): Known {
    const { line, target, goto } = context;
    const comment = leadingComment(context);
    const at = comment === null ? context.at : comment.end;
    const key = `${goto ? '-g' : '-j'} ${target ?? ''} ${line.slice(at)}`;
    const known = this.#tails.get(key);
    if (known !== undefined) return comment === null ? known : withComment(comment.text, known);
    const reading = readTail(comment === null ? context : { ...context, at });
    const { matches, problems } = reading;
    if (problems.length === 0 && this.#tails.size < REMEMBERED)
      this.#tails.set(key, { matches, target: reading.target, problems });
    return comment === null ? reading : withComment(comment.text, reading);
  }
}

function withComment(text: string, { matches, target, problems }: Known): Known {
  const comment: Match = { kind: 'comment', text };
  return { matches: [comment, ...matches], target, problems };
}

/** The comment that the tail begins with, if no other may begin in it and it can end in one place only. */
function leadingComment({ line, at }: TailContext): { readonly text: string; readonly end: number } | null {
  let start = at;
  while (line.charCodeAt(start) === 0x20) start++;
  if (!line.startsWith('/* ', start)) return null;
  const end = line.indexOf(' */', start + 3);
  const next = end + 3;
  if (end < 0 || end - start - 3 > LONGEST_COMMENT) return null;
  if (next < line.length && line.charCodeAt(next) !== 0x20) return null;
  if (line.includes('/* ', start + 3) || line.includes(' */', next)) return null;
  return { text: line.slice(start + 3, end), end: next };
}
