/** `-m owner ! --uid-owner 1337` ↔ `! owner UID match 1337`: extensions/libxt_owner.c. */
import type { Inv, OwnerMatch, Range } from '../../model/match.ts';
import { parseNumber } from '../line/numbers.ts';
import type { Tail } from '../line/tail.ts';
import { bang, type MatchSyntax, words } from './syntax.ts';

/** `0`, `1000-2000`, `root`: every other name is the host's own. */
function parseIds(text: string): Range | null {
  const [low = '', high = low, more] = text.split('-');
  const from = low === 'root' ? 0 : parseNumber(low);
  const to = high === 'root' ? 0 : parseNumber(high);
  return from === null || to === null || more !== undefined || from > to ? null : { from, to };
}

function printIds({ from, to }: Range): string {
  return from === to ? String(from) : `${from}-${to}`;
}

const LISTED = {
  uid: /(! )?owner UID match (\S+?)(?=\s|$)/y,
  gid: /(! )?owner GID match (\S+?)(?=\s|$)/y,
};

function listedIds(tail: Tail, what: 'uid' | 'gid'): Inv<Range> | null {
  const found = tail.take(LISTED[what]);
  if (found === null) return null;
  const ids = tail.value(parseIds(found[2] ?? ''), { from: 0, to: 0 });
  return { not: found[1] !== undefined, value: ids };
}

export const owner: MatchSyntax<OwnerMatch> = {
  names: ['owner'],
  options: { 'uid-owner': 1, 'gid-owner': 1, 'socket-exists': 0, 'suppl-groups': 0 },
  heads: ['owner'],
  fromSave(options) {
    const socket = options.find('socket-exists');
    return {
      kind: 'owner',
      uid: options.inverted('uid-owner', parseIds),
      gid: options.inverted('gid-owner', parseIds),
      socketExists: socket === null ? null : { not: socket.not, value: true },
      supplementaryGroups: options.has('suppl-groups'),
    };
  },
  fromList(tail) {
    const start = tail.at;
    const socket = tail.take(/(! )?owner socket exists/y);
    const uid = listedIds(tail, 'uid');
    const gid = listedIds(tail, 'gid');
    if (tail.at === start) return null;
    return {
      kind: 'owner',
      uid,
      gid,
      socketExists: socket === null ? null : { not: socket[1] !== undefined, value: true },
      supplementaryGroups: tail.take(/incl\. suppl\. groups/y) !== null,
    };
  },
  print: ({ socketExists, uid, gid, supplementaryGroups }) =>
    words(
      '-m owner',
      socketExists && words(bang(socketExists.not), '--socket-exists'),
      uid && words(bang(uid.not), '--uid-owner', printIds(uid.value)),
      gid && words(bang(gid.not), '--gid-owner', printIds(gid.value)),
      supplementaryGroups && '--suppl-groups',
    ),
};
