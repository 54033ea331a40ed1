/**
 * A packet ↔ what the store keeps of it: columns for what people query, JSON for the rest, without what is
 * as in most packets. `packetOf` undoes the two.
 */
import { type Family, parseAddress } from '../model/address.ts';
import { dportOf, type Packet, sportOf, type Transport } from '../model/packet.ts';
import { protocolKey, protocolNumber } from '../model/protocol.ts';

/** What a packet keeps on its whole way, but for odd cases. */
export interface Constants {
  readonly protocol: string | null;
  readonly ident: number | null;
  readonly flags: number | null;
  readonly seq: number | null;
  readonly ack: number | null;
  readonly icmp_type: number | null;
  readonly icmp_code: number | null;
  readonly icmp_id: number | null;
  readonly icmp_seq: number | null;
  readonly mac: string | null;
  readonly uid: number | null;
  readonly gid: number | null;
  /** JSON of what has no column; null if there is nothing. */
  readonly rest: string | null;
}

/** What rules and routing change. */
export interface State {
  readonly indev: string;
  readonly outdev: string;
  readonly src: string;
  readonly dst: string;
  readonly sport: number | null;
  readonly dport: number | null;
  readonly length: number;
  readonly ttl: number;
  readonly tos: number;
  readonly mark: number;
}

export function stateOf(packet: Packet): State {
  return {
    indev: packet.in,
    outdev: packet.out,
    src: packet.src.text,
    dst: packet.dst.text,
    sport: sportOf(packet),
    dport: dportOf(packet),
    length: packet.length,
    ttl: packet.ttl,
    tos: packet.tos,
    mark: packet.mark,
  };
}

type Defaults = Omit<Packet, 'family' | keyof State | 'in' | 'out' | 'protocol' | 'id' | 'transport' | 'mac'>;

/** The fields without a column, as most packets have them. */
const DEFAULTS: Omit<Defaults, 'uid' | 'gid' | 'tunnel'> = {
  flowLabel: null,
  ce: false,
  df: false,
  mf: false,
  fragmentOffset: 0,
  ipOptions: null,
  extensions: [],
  truncated: false,
  physIn: null,
  physOut: null,
};
const REST_KEYS = [
  'flowLabel',
  'ce',
  'df',
  'mf',
  'fragmentOffset',
  'ipOptions',
  'truncated',
  'physIn',
  'physOut',
] as const satisfies readonly (keyof typeof DEFAULTS)[];

export function constantsOf(packet: Packet): Constants {
  const { transport } = packet;
  const rest: Record<string, unknown> = {};
  for (const key of REST_KEYS) if (packet[key] !== DEFAULTS[key]) rest[key] = packet[key];
  if (packet.extensions.length > 0) rest['extensions'] = packet.extensions;
  if (packet.tunnel !== undefined) rest['tunnel'] = packet.tunnel;
  const more = transportRest(transport);
  if (more !== null) rest['transport'] = more;
  const tcp = transport.kind === 'tcp' ? transport : null;
  const icmp = transport.kind === 'icmp' ? transport : null;
  let json: string | null = null;
  for (const _ in rest) {
    json = JSON.stringify(rest);
    break;
  }
  return {
    protocol: packet.protocol === null ? null : String(protocolKey(packet.protocol)),
    ident: packet.id,
    flags: tcp?.flags ?? null,
    seq: tcp?.seq ?? null,
    ack: tcp?.ack ?? null,
    icmp_type: icmp?.type ?? null,
    icmp_code: icmp?.code ?? null,
    icmp_id: icmp?.id ?? null,
    icmp_seq: icmp?.seq ?? null,
    mac: packet.mac,
    uid: packet.uid,
    gid: packet.gid,
    rest: json,
  };
}

/** Whether two packets have the same constants. */
export function sameConstants(a: Packet, b: Packet): boolean {
  if (a === b) return true;
  return (
    a.protocol === b.protocol &&
    a.id === b.id &&
    a.mac === b.mac &&
    a.uid === b.uid &&
    a.gid === b.gid &&
    REST_KEYS.every((key) => a[key] === b[key]) &&
    a.tunnel === b.tunnel &&
    a.extensions.length === 0 &&
    b.extensions.length === 0 &&
    sameTransport(a.transport, b.transport)
  );
}

function sameTransport(a: Transport, b: Transport): boolean {
  if (a.kind === 'tcp' && b.kind === 'tcp') {
    return (
      a.seq === b.seq &&
      a.ack === b.ack &&
      a.flags === b.flags &&
      a.window === b.window &&
      a.options === b.options &&
      a.reserved === b.reserved &&
      a.urgentPointer === b.urgentPointer
    );
  }
  if (a.kind === 'udp' && b.kind === 'udp') return a.length === b.length;
  if (a.kind === 'none' && b.kind === 'none') return true;
  return JSON.stringify(a) === JSON.stringify(b);
}

/** The part of the header behind IP that has no column; null if none is left. `kind` is always in it. */
function transportRest(transport: Transport): object | null {
  switch (transport.kind) {
    case 'none':
      return null;
    case 'tcp': {
      const { kind, window, reserved, urgentPointer, options } = transport;
      return {
        kind,
        window,
        ...(reserved === 0 ? {} : { reserved }),
        ...(urgentPointer === 0 ? {} : { urgentPointer }),
        ...(options === '' ? {} : { options }),
      };
    }
    case 'icmp': {
      const { kind, gateway, parameter, mtu, quoted } = transport;
      return {
        kind,
        ...(gateway === null ? {} : { gateway }),
        ...(parameter === null ? {} : { parameter }),
        ...(mtu === null ? {} : { mtu }),
        ...(quoted === null ? {} : { quoted }),
      };
    }
    case 'udp':
      return { kind: transport.kind, length: transport.length };
    case 'ipsec':
    case 'incomplete':
      return transport;
  }
}

const TRANSPORT_DEFAULTS: Readonly<Record<Transport['kind'], object>> = {
  tcp: { reserved: 0, urgentPointer: 0, options: '' },
  icmp: { gateway: null, parameter: null, mtu: null, quoted: null },
  udp: {},
  ipsec: {},
  incomplete: {},
  none: {},
};

/** The packet that these were made of. @throws Error if they were made of none. */
export function packetOf(family: Family, constants: Constants, state: State): Packet {
  const { transport: kept, ...rest } = JSON.parse(constants.rest ?? '{}') as {
    readonly transport?: { readonly kind: Transport['kind'] };
  };
  const kind = kept?.kind ?? 'none';
  const columns = {
    tcp: { flags: constants.flags, seq: constants.seq, ack: constants.ack, ...portsOf(state) },
    udp: portsOf(state),
    icmp: {
      type: constants.icmp_type,
      code: constants.icmp_code,
      id: constants.icmp_id,
      seq: constants.icmp_seq,
    },
    ipsec: {},
    incomplete: {},
    none: {},
  }[kind];
  return {
    family,
    src: addressFrom(state.src),
    dst: addressFrom(state.dst),
    length: state.length,
    tos: state.tos,
    ttl: state.ttl,
    id: constants.ident,
    ...DEFAULTS,
    protocol: constants.protocol === null ? null : protocolNumber(constants.protocol),
    transport: { kind, ...TRANSPORT_DEFAULTS[kind], ...columns, ...kept } as Transport,
    in: state.indev,
    out: state.outdev,
    mac: constants.mac,
    uid: constants.uid,
    gid: constants.gid,
    mark: state.mark,
    ...rest,
  };
}

function portsOf({ sport, dport }: State): object {
  return { sport, dport };
}

function addressFrom(text: string) {
  const address = parseAddress(text);
  if (address === null) throw new Error(`no address: ${text}`);
  return address;
}
