/**
 * All target extensions: by kind for printing, by name for both forms. A kind without its syntax does not
 * compile.
 */
import type { Family } from '../../model/address.ts';
import type { JumpTarget, NoTarget, Target, TargetKind } from '../../model/target.ts';
import { connmark } from './connmark.ts';
import { CONTINUING, printContinue } from './continue.ts';
import { ct } from './ct.ts';
import { dscp } from './dscp.ts';
import { hmark } from './hmark.ts';
import { log } from './log.ts';
import { mark } from './mark.ts';
import { masquerade } from './masquerade.ts';
import { dnat, snat } from './nat.ts';
import { netmap } from './netmap.ts';
import { nflog } from './nflog.ts';
import { nfqueue } from './nfqueue.ts';
import { redirect } from './redirect.ts';
import { reject } from './reject.ts';
import { set } from './set.ts';
import { synproxy } from './synproxy.ts';
import type { TargetPrinter, TargetSyntax } from './syntax.ts';
import { tcpmss } from './tcpmss.ts';
import { tee } from './tee.ts';
import { tos } from './tos.ts';
import { tproxy } from './tproxy.ts';
import { trace } from './trace.ts';
import { ttl } from './ttl.ts';
import { verdict } from './verdict.ts';

const none: TargetPrinter<NoTarget> = { print: () => '' };
const jump: TargetPrinter<JumpTarget> = { print: ({ chain, goto }) => `${goto ? '-g' : '-j'} ${chain}` };

type KnownKind = Exclude<TargetKind, 'unknown'>;

const EXTENSIONS = {
  verdict,
  REJECT: reject,
  LOG: log,
  NFLOG: nflog,
  MARK: mark,
  CONNMARK: connmark,
  DNAT: dnat,
  SNAT: snat,
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
  TEE: tee,
  HMARK: hmark,
  SYNPROXY: synproxy,
} satisfies {
  readonly [K in Exclude<KnownKind, 'none' | 'jump' | 'continue'>]: TargetSyntax &
    TargetPrinter<Extract<Target, { kind: K }>>;
};

const PRINTERS: Readonly<Record<KnownKind, TargetPrinter<Target>>> = {
  ...EXTENSIONS,
  none,
  jump,
  continue: { print: printContinue },
} satisfies { readonly [K in KnownKind]: TargetPrinter<Extract<Target, { kind: K }>> };

const SYNTAXES: readonly TargetSyntax[] = [
  ...new Set(Object.values<TargetSyntax>(EXTENSIONS)),
  ...CONTINUING,
];
const BY_NAME = new Map(SYNTAXES.flatMap((syntax) => syntax.names.map((name) => [name, syntax] as const)));

/** The extension that `-j name` loads; null if it is a chain, or none of ours. */
export function targetSyntax(name: string): TargetSyntax | null {
  return BY_NAME.get(name) ?? null;
}

/** The save form of a target, '' for none. */
export function printTarget(target: Exclude<Target, { kind: 'unknown' }>, family: Family): string {
  return PRINTERS[target.kind].print(target, family);
}
