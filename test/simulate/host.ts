/** A small router for tests: `in0` 10.1.0.0/24, `out0` 10.2.0.0/24, default by `out0`; what packets do there. */
import { parseContext } from '../../src/context/index.ts';
import type { Context } from '../../src/model/context.ts';
import type { PacketSpec } from '../../src/model/packet-spec.ts';
import type { PredictedPath, Prediction } from '../../src/model/prediction.ts';
import type { Ruleset } from '../../src/model/ruleset.ts';
import { parseRuleset, settleRuleset } from '../../src/ruleset/index.ts';
import { parsePacket, parsePackets, simulate } from '../../src/simulate/index.ts';

const ROUTER: Readonly<Record<string, string>> = {
  'ip-addr.txt': `
1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    inet 127.0.0.1/8 scope host lo
    inet6 ::1/128 scope host
2: in0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500
    link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff
    inet 10.1.0.1/24 brd 10.1.0.255 scope global in0
    inet6 2001:db8:1::1/64 scope global
3: out0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500
    link/ether 02:00:00:00:00:02 brd ff:ff:ff:ff:ff:ff
    inet 10.2.0.1/24 brd 10.2.0.255 scope global out0
    inet 10.2.0.5/24 brd 10.2.0.255 scope global secondary out0
    inet6 2001:db8:2::1/64 scope global`,
  'ip-route.txt': `
default via 10.2.0.254 dev out0
10.1.0.0/24 dev in0 proto kernel scope link src 10.1.0.1
10.2.0.0/24 dev out0 proto kernel scope link src 10.2.0.1
blackhole 10.66.0.0/16
unreachable 10.67.0.0/16
prohibit 10.68.0.0/16
local 10.1.0.1 dev in0 table local proto kernel scope host src 10.1.0.1
broadcast 10.1.0.255 dev in0 table local proto kernel scope link src 10.1.0.1
local 10.2.0.1 dev out0 table local proto kernel scope host src 10.2.0.1
local 10.2.0.5 dev out0 table local proto kernel scope host src 10.2.0.1
broadcast 10.2.0.255 dev out0 table local proto kernel scope link src 10.2.0.1
local 127.0.0.0/8 dev lo table local proto kernel scope host src 127.0.0.1
2001:db8:1::/64 dev in0 proto kernel metric 256 pref medium
2001:db8:2::/64 dev out0 proto kernel metric 256 pref medium
local 2001:db8:1::1 dev in0 table local proto kernel metric 0 pref medium
local 2001:db8:2::1 dev out0 table local proto kernel metric 0 pref medium
local ::1 dev lo table local proto kernel metric 0 pref medium`,
  'ip-rule.txt': '0:\tfrom all lookup local\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default',
  'conntrack.txt': '',
  'ipset.save': '',
};

/** The router's context; a file given as null was not saved. */
export function router(files: Readonly<Record<string, string | null>> = {}): Context {
  const all = Object.entries({ ...ROUTER, ...files });
  const { context, diagnostics } = parseContext(
    all.flatMap(([file, text]) => (text === null ? [] : [{ file, lines: text.split('\n') }])),
  );
  if (diagnostics.length > 0) throw new Error(JSON.stringify(diagnostics));
  return context;
}

const CHAINS: Readonly<Record<string, readonly string[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
};

/**
 * Rules from lines `TABLE CHAIN rest`; the tables named are all that are loaded. A user chain is made where
 * a line first names it; `TABLE CHAIN policy DROP` sets a policy.
 */
export function rules(lines: string, family: 'ipv4' | 'ipv6' = 'ipv4'): Ruleset {
  const parsed = lines
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => /^(\S+) (\S+) ?(.*)$/.exec(line) ?? []);
  const text: string[] = [];
  for (const table of new Set(parsed.map(([, name = '']) => name))) {
    const own = parsed.filter(([, name]) => name === table);
    const builtin = CHAINS[table] ?? [];
    text.push(`*${table}`);
    for (const chain of builtin) {
      const dropped = own.some(([, , name, rest]) => name === chain && rest === 'policy DROP');
      text.push(`:${chain} ${dropped ? 'DROP' : 'ACCEPT'} [0:0]`);
    }
    const user = new Set(own.map(([, , chain = '']) => chain).filter((chain) => !builtin.includes(chain)));
    for (const chain of user) text.push(`:${chain} - [0:0]`);
    for (const [, , chain, rest = ''] of own) {
      if (!rest.startsWith('policy ') && rest !== 'empty') text.push(`-A ${chain} ${rest}`);
    }
    text.push('COMMIT');
  }
  const draft = parseRuleset([{ file: 'rules.save', lines: text, table: null, family }]);
  const { ruleset, diagnostics } = settleRuleset(draft, []);
  const wrong = diagnostics.filter(({ code }) => code !== 'ruleset.loop');
  if (wrong.length > 0) throw new Error(JSON.stringify(wrong));
  return ruleset;
}

/** One packet, as `key=value …` or JSON. */
export function packet(text: string): PacketSpec {
  const json = text.startsWith('{') ? parsePackets('packets.jsonl', [text]) : null;
  const { packet: read = null, diagnostics } =
    json === null ? parsePacket(text) : { packet: json.packets[0], diagnostics: json.diagnostics };
  if (read === null || diagnostics.length > 0) throw new Error(JSON.stringify(diagnostics));
  return read.packet;
}

export function predict(
  ruleset: Ruleset,
  packets: readonly string[],
  context: Context = router(),
): Prediction[] {
  return [...simulate(ruleset, context, packets.map(packet))];
}

/** The only path of each packet. */
export function paths(
  ruleset: Ruleset,
  packets: readonly string[],
  context: Context = router(),
): PredictedPath[] {
  return predict(ruleset, packets, context).map((prediction) => {
    const [path] = prediction.paths;
    if (path === undefined || prediction.paths.length > 1)
      throw new Error(
        `${prediction.paths.length} paths: ${JSON.stringify(prediction.paths.map((p) => p.assumptions))}`,
      );
    return path;
  });
}

/** `raw:PREROUTING:rule:1 …` */
export function stepsOf({ steps }: PredictedPath): string {
  return steps.map(({ table, chain, type, number }) => `${table}:${chain}:${type}:${number}`).join(' ');
}

/** How it ended: `forwarded out0`, `vanished no-route`, `dropped filter:FORWARD:rule:1`. */
export function endOf({ disposition, ending, decidedBy, final }: PredictedPath): string {
  if (ending !== null) return `${disposition} ${ending}`;
  if (decidedBy !== null)
    return `${disposition} ${decidedBy.table}:${decidedBy.chain}:${decidedBy.type}:${decidedBy.number}`;
  return final.out ? `${disposition} ${final.out}` : disposition;
}

/** `SRC:PORT > DST:PORT` as the packet was last. */
export function addressesOf({ final: { src, dst, sport, dport } }: PredictedPath): string {
  const port = (value: number | undefined): string => (value === undefined ? '' : `:${value}`);
  return `${src?.text ?? '?'}${port(sport)} > ${dst?.text ?? '?'}${port(dport)}`;
}
