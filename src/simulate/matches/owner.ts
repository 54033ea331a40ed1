/**
 * owner_mt (net/netfilter/xt_owner.c): a packet without a socket fits only inverted conditions, one of a socket
 * without a file (the kernel's own) only inverted users and groups.
 */
import type { OwnerMatch } from '../../model/match.ts';
import { doubt, fieldDoubt, invert, type Outcome } from '../ask.ts';
import { all, type Evaluator, inRangeInv } from '../evaluate.ts';
import type { Run } from '../run.ts';

function ofSocket(match: OwnerMatch, run: Run): Outcome {
  const { skb } = run;
  if (match.socketExists?.not === true) return false;
  const gid = inRangeInv(skb.gid, match.gid, 'group');
  const group =
    match.supplementaryGroups && match.gid !== null && gid === match.gid.not
      ? invert(fieldDoubt('supplementary groups', `with ${match.gid.value.from}`), match.gid.not)
      : gid;
  return all(run, inRangeInv(skb.uid, match.uid, 'user'), group);
}

function withoutSocket({ uid, gid, socketExists }: OwnerMatch): boolean {
  return [uid, gid, socketExists].every((condition) => condition === null || condition.not);
}

function ofKernel({ uid, gid, socketExists }: OwnerMatch): boolean {
  return socketExists?.not !== true && [uid, gid].every((condition) => condition === null || condition.not);
}

export const owner: Evaluator<OwnerMatch> = (match, run) => {
  const { skb } = run;
  if (skb.socket === 'none') return withoutSocket(match);
  if (skb.socket === 'kernel') return ofKernel(match);
  if (skb.socket === 'own') return ofSocket(match, run);
  const made = doubt({
    kind: 'packet',
    key: 'socket',
    unknown: 'whether a program of this host sent the packet is not known',
    yes: 'a program of this host sent the packet',
    no: 'the kernel itself sent the packet',
    learn: (yes) => {
      skb.socket = yes ? 'own' : 'none';
    },
  });
  return run.ask.answered(made) === undefined ? made : ofSocket(match, run);
};
