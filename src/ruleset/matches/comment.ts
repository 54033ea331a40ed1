/**
 * `-m comment --comment "a b"`. In a listing it is `/* … *​/` with nothing escaped: where it ends, only the
 * words after it tell, so line/list.ts reads it.
 */
import type { CommentMatch } from '../../model/match.ts';
import { quote } from '../line/quote.ts';
import type { MatchSyntax } from './syntax.ts';

export const comment: MatchSyntax<CommentMatch> = {
  names: ['comment'],
  options: { comment: 1 },
  heads: [],
  fromSave(options) {
    const text = options.text('comment');
    return text === null ? null : { kind: 'comment', text };
  },
  fromList: () => null,
  print: ({ text }) => `-m comment --comment ${quote(text)}`,
};
