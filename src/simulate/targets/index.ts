/** What every kind of target does. A kind without its meaning does not compile. */
import type { Target, TargetKind } from '../../model/target.ts';
import type { Run } from '../run.ts';
import {
  connmark,
  ct,
  dscp,
  hmark,
  mark,
  others,
  set,
  tcpmss,
  tee,
  tos,
  tproxy,
  trace,
  ttl,
} from './change.ts';
import { masquerade, nat, netmap, redirect } from './nat.ts';
import { jump, nfqueue, reject, synproxy, unknown, verdict } from './standard.ts';
import { type Action, CONTINUE, type Effect } from './verdict.ts';

export type { Action } from './verdict.ts';

type TargetOf<K extends TargetKind> = Extract<Target, { readonly kind: K }>;
type Effects = { readonly [K in TargetKind]: Effect<TargetOf<K>> };

const goOn = (): Action => CONTINUE;

const EFFECTS: Effects = {
  verdict,
  none: goOn,
  jump,
  REJECT: reject,
  LOG: goOn,
  NFLOG: goOn,
  MARK: mark,
  CONNMARK: connmark,
  DNAT: nat,
  SNAT: nat,
  MASQUERADE: masquerade,
  REDIRECT: redirect,
  NETMAP: netmap,
  TPROXY: tproxy,
  CT: ct,
  SET: set,
  TRACE: trace,
  TCPMSS: tcpmss,
  NFQUEUE: nfqueue,
  DSCP: dscp,
  TOS: tos,
  TTL: ttl,
  continue: others,
  TEE: tee,
  HMARK: hmark,
  SYNPROXY: synproxy,
  unknown,
};

function applyKind<K extends TargetKind>(kind: K, target: TargetOf<K>, run: Run): Action {
  return EFFECTS[kind](target, run);
}

/** Does what the target does to the packet, and says how its way goes on. */
export function applyTarget(target: Target, run: Run): Action {
  // The union is told apart by `kind`; TypeScript cannot follow that through the table.
  return applyKind(target.kind, target as TargetOf<typeof target.kind>, run);
}
