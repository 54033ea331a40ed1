/**
 * What is known of a packet while its line is read, word by word. A line that was cut leaves a draft whose
 * read fields are whole. Finished drafts become the vocabulary's Header and Packet, always of one shape.
 */
import type { Address, Family } from '../model/address.ts';
import type { ExtensionHeader, Header, Packet, Transport } from '../model/packet.ts';

const NO_EXTENSIONS: readonly ExtensionHeader[] = [];
const NO_TRANSPORT: Transport = { kind: 'none' };

export class Draft {
  in = '';
  out = '';
  physIn: string | null = null;
  physOut: string | null = null;
  mac: string | null = null;
  tunnel: string | null = null;
  family: Family = 'ipv4';
  src: Address | null = null;
  dst: Address | null = null;
  length = 0;
  tos = 0;
  ttl = 0;
  id: number | null = null;
  flowLabel: number | null = null;
  ce = false;
  df = false;
  mf = false;
  fragmentOffset = 0;
  ipOptions: string | null = null;
  extensions: ExtensionHeader[] | null = null;
  protocol: number | null = null;
  transport: Transport = NO_TRANSPORT;
  truncated = false;
  uid: number | null = null;
  gid: number | null = null;
  mark = 0;
  /** Whether the fixed part of the IP header (through `ID=` or `FLOWLBL=`) has been read. */
  identified = false;
}

/** @returns null if the draft has no addresses. */
export function headerOf(draft: Draft): Header | null {
  const { src, dst } = draft;
  if (src === null || dst === null) return null;
  return {
    family: draft.family,
    src,
    dst,
    length: draft.length,
    tos: draft.tos,
    ttl: draft.ttl,
    id: draft.id,
    flowLabel: draft.flowLabel,
    ce: draft.ce,
    df: draft.df,
    mf: draft.mf,
    fragmentOffset: draft.fragmentOffset,
    ipOptions: draft.ipOptions,
    extensions: draft.extensions ?? NO_EXTENSIONS,
    protocol: draft.protocol,
    transport: draft.transport,
    truncated: draft.truncated,
  };
}

/** @returns null if the draft has no addresses. */
export function packetOf(draft: Draft): Packet | null {
  const { src, dst } = draft;
  if (src === null || dst === null) return null;
  const packet: Packet = {
    in: draft.in,
    out: draft.out,
    physIn: draft.physIn,
    physOut: draft.physOut,
    mac: draft.mac,
    family: draft.family,
    src,
    dst,
    length: draft.length,
    tos: draft.tos,
    ttl: draft.ttl,
    id: draft.id,
    flowLabel: draft.flowLabel,
    ce: draft.ce,
    df: draft.df,
    mf: draft.mf,
    fragmentOffset: draft.fragmentOffset,
    ipOptions: draft.ipOptions,
    extensions: draft.extensions ?? NO_EXTENSIONS,
    protocol: draft.protocol,
    transport: draft.transport,
    truncated: draft.truncated,
    uid: draft.uid,
    gid: draft.gid,
    mark: draft.mark,
  };
  return draft.tunnel === null ? packet : { ...packet, tunnel: draft.tunnel };
}
