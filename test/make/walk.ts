/** Makers of model values for tests: everything has a plain default, a test names only what it is about. */
import { type Address, parseAddress } from '../../src/model/address.ts';
import { uncheckedCheck } from '../../src/model/check.ts';
import type { TraceEvent, TraceType } from '../../src/model/event.ts';
import { type Hook, isHook, isTableName, type TableName } from '../../src/model/hook.ts';
import type { IcmpHeader, Packet, TcpHeader, UdpHeader } from '../../src/model/packet.ts';
import type { Chain, Place, Rule } from '../../src/model/ruleset.ts';
import type { Target } from '../../src/model/target.ts';
import type { Step, Walk } from '../../src/model/walk.ts';

function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === null) throw new Error(`no address: ${text}`);
  return parsed;
}

export function tcp(sport: number, dport: number, flags = 2): TcpHeader {
  return {
    kind: 'tcp',
    sport,
    dport,
    seq: 1,
    ack: 0,
    window: 64240,
    reserved: 0,
    flags,
    urgentPointer: 0,
    options: '',
  };
}
export function udp(sport: number, dport: number): UdpHeader {
  return { kind: 'udp', sport, dport, length: 10 };
}
export function icmp(
  type: number,
  code = 0,
  id: number | null = null,
  seq: number | null = null,
): IcmpHeader {
  return { kind: 'icmp', type, code, id, seq, gateway: null, parameter: null, mtu: null, quoted: null };
}

const PROTOCOL = { tcp: 6, udp: 17, icmp: 1, ipsec: 50, incomplete: 6, none: null } as const;

/** A packet; addresses as text. */
export function packet(
  fields: Partial<Omit<Packet, 'src' | 'dst'>> & { readonly src?: string; readonly dst?: string } = {},
): Packet {
  const { src = '10.0.0.1', dst = '10.0.0.2', transport = { kind: 'none' }, ...rest } = fields;
  const family = address(src).family;
  return {
    family,
    length: 60,
    tos: 0,
    ttl: 64,
    id: family === 'ipv4' ? 1 : null,
    flowLabel: family === 'ipv4' ? null : 0,
    ce: false,
    df: false,
    mf: false,
    fragmentOffset: 0,
    ipOptions: null,
    extensions: [],
    protocol: PROTOCOL[transport.kind],
    truncated: false,
    in: 'eth0',
    out: '',
    physIn: null,
    physOut: null,
    mac: null,
    uid: null,
    gid: null,
    mark: 0,
    ...rest,
    src: address(src),
    dst: address(dst),
    transport,
  };
}

/** An event from its name, `table:chain:type:number`. */
function event(name: string, fields: Partial<TraceEvent> = {}): TraceEvent {
  const [, table = '', chain = '', type = '', number = ''] =
    /^([^:]+):(.+):(rule|return|policy):(\d+)$/.exec(name) ?? [];
  if (!isTableName(table)) throw new Error(`no step name: ${name}`);
  return {
    file: 'syslog.log',
    line: 1,
    host: 'node1',
    level: 4,
    uptime: 1713.24125,
    time: null,
    stamp: 'Jun 22 12:47:55',
    table,
    chain,
    type: type as TraceType,
    number: Number(number),
    packet: packet(),
    cut: false,
    text: `TRACE: ${name} IN=eth0`,
    ...fields,
  };
}

/** A rule from its save text; `source` is how the person's file has it. */
export function rule(
  table: TableName,
  number: number,
  text: string,
  target: Target,
  fields: Partial<Rule> & { readonly line?: number; readonly listed?: string } = {},
): Rule {
  const { line = 10 + number, listed = text, ...rest } = fields;
  const chain = /^-A (\S+)/.exec(text)?.[1] ?? 'FORWARD';
  return {
    family: 'ipv4',
    table,
    chain,
    number,
    matches: [],
    target,
    text,
    source: { file: 'rules.save', line, column: 1, text: listed },
    counters: null,
    damaged: false,
    ...rest,
  };
}

/** A chain; built in if its name is a hook's, then its policy is ACCEPT. */
export function chain(name: string, rules: readonly Rule[] = [], fields: Partial<Chain> = {}): Chain {
  const builtin = isHook(name);
  return {
    name,
    builtin,
    policy: builtin ? 'ACCEPT' : null,
    counters: null,
    references: null,
    rules,
    source: null,
    ...fields,
  };
}

/** A step from its event's name. */
export function step(
  name: string,
  hook: Hook,
  fields: Partial<Omit<Step, 'event'>> & { readonly event?: Partial<TraceEvent> } = {},
): Step {
  const { event: eventFields, place = { kind: 'ungiven' } satisfies Place, ...rest } = fields;
  return { event: event(name, eventFields), hook, depth: 0, place, changes: null, markSetBy: null, ...rest };
}

export function walk(steps: readonly Step[], fields: Partial<Walk> = {}): Walk {
  const first = steps[0];
  if (first === undefined) throw new Error('a walk has steps');
  return {
    n: 1,
    host: first.event.host,
    packet: first.event.packet,
    steps,
    gaps: [],
    disposition: 'forwarded',
    decidedBy: null,
    causedBy: null,
    check: uncheckedCheck([], []),
    ...fields,
  };
}
