/** What a postmortem's entries stand for, and what of the packets is not among them: said before the first one. */
import { counted, number } from './count.ts';
import { MAX_GROUPS } from './groups.ts';
import type { Postmortem } from './postmortem.ts';

export interface WalksNote {
  /** How packets share entries; '' if each has its own. */
  readonly shared: string;
  /** What found no room; '' if all did. */
  readonly beyond: string;
}

export function walksNote({ rows, unlisted, walks, beyond }: Postmortem): WalksNote {
  const packets = rows.length + unlisted;
  const shared =
    packets === walks.length
      ? ''
      : `${counted(packets, 'packet')} of ${counted(walks.length, 'kind')}: packets between the same ends (but for the port that a client chose) that went the same way share one entry.`;
  const further =
    beyond === 0
      ? ''
      : `At most ${number(MAX_GROUPS)} kinds of packet that arrived and ${number(MAX_GROUPS)} that did not, or diverge, have an entry. ${counted(beyond, 'packet')} of further kinds ${beyond === 1 ? 'is' : 'are'} counted above, without steps here: filters (--src, --chain, --walk, …) show them.`;
  return { shared, beyond: further };
}
