/**
 * A rule's conditions in save form, one text for each of its matches: `-p tcp`, `-m conntrack --ctstate NEW`.
 * Read off the rule's own text; where that has not one piece for each match, the kind's name stands in.
 */
import type { Match } from '../model/match.ts';
import type { Rule } from '../model/ruleset.ts';

/** Words, with their quotes; `"a \" b"` is one. */
function wordsOf(text: string): string[] {
  return text.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
}

const HEADER = new Set(['-s', '-d', '-i', '-o', '-p', '-f']);

/** Pieces of the text before the target, each one condition. */
function piecesOf(text: string): string[] {
  const words = wordsOf(text);
  const pieces: string[][] = [];
  let i = words[0] === '-A' ? 2 : 0;
  for (; i < words.length; i++) {
    const word = words[i] ?? '';
    if (word === '-j' || word === '-g') break;
    const inverted = word === '!';
    const option = inverted ? (words[i + 1] ?? '') : word;
    const inExtension = pieces.at(-1)?.includes('-m') === true;
    if (HEADER.has(option)) {
      const end = option === '-f' ? i + (inverted ? 2 : 1) : i + (inverted ? 3 : 2);
      pieces.push(words.slice(i, end));
      i = end - 1;
    } else if (word === '-m') {
      pieces.push([word]);
    } else if (inExtension) {
      pieces.at(-1)?.push(word);
    }
  }
  return pieces.map((piece) => piece.join(' '));
}

/** Texts of the rule's matches, in their order. */
export function conditionTexts(rule: Rule): readonly string[] {
  const pieces = piecesOf(rule.text);
  const shown = rule.matches.filter((match) => !(match.kind === 'unknown' && match.why === 'lost'));
  if (pieces.length !== shown.length) return rule.matches.map(nameOf);
  let next = 0;
  return rule.matches.map((match) =>
    match.kind === 'unknown' && match.why === 'lost' ? nameOf(match) : (pieces[next++] ?? nameOf(match)),
  );
}

function nameOf(match: Match): string {
  if (match.kind === 'unknown') {
    return match.why === 'lost' ? `(${match.name}: not in the listing)` : match.text || match.name;
  }
  return match.kind;
}
