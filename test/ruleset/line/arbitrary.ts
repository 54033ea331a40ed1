/** Random typed rules, every kind among them, in the canonical form that reading gives: for the laws. */
import fc from 'fast-check';
import { type Address, addressOf, type Family, networkOf, prefixMask } from '../../../src/model/address.ts';
import type { TableName } from '../../../src/model/hook.ts';
import {
  ADDRESS_TYPES,
  CT_STATES,
  type CtStatus,
  type InterfaceName,
  type Inv,
  type Masked,
  type Match,
  type MatchKind,
  type Range,
  type SetDirection,
} from '../../../src/model/match.ts';
import type { NatTarget, Target, TargetKind } from '../../../src/model/target.ts';

type Of<K extends MatchKind> = Extract<Match, { kind: K }>;
/** DNAT and SNAT are one type. */
type TargetOf<K extends TargetKind> = K extends 'DNAT' | 'SNAT' ? NatTarget : Extract<Target, { kind: K }>;

const bool = fc.boolean();
const u8 = fc.integer({ min: 0, max: 255 });
const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.oneof(
  fc.integer({ min: 0, max: 0xffffffff }),
  fc.constantFrom(0, 1, 0x4000, 0xff00, 0xffffffff),
);
const masked: fc.Arbitrary<Masked> = fc.record({ value: u32, mask: u32 });

function inv<T>(value: fc.Arbitrary<T>): fc.Arbitrary<Inv<T>> {
  return fc.record({ not: bool, value });
}

function orNull<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.option(value, { nil: null });
}

function range(max: number, least = 0): fc.Arbitrary<Range> {
  const number = fc.integer({ min: least, max });
  return fc.oneof(
    number.map((value) => ({ from: value, to: value })),
    fc.tuple(number, number).map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) })),
  );
}

/** A range of all ports asks nothing and is no match. */
const ports = orNull(inv(range(0xffff)).filter(({ not, value }) => not || value.to - value.from < 0xffff));

function address(family: Family): fc.Arbitrary<Address> {
  const words = family === 'ipv4' ? 1 : 4;
  const word = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffffffff }));
  const first = fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 1 << 24, max: 0xdfffffff }) },
    { weight: 1, arbitrary: word },
  );
  return fc
    .tuple(first, fc.array(word, { minLength: words - 1, maxLength: words - 1 }))
    .map(([most, rest]) => addressOf(family, [most, ...rest]));
}

function network(family: Family): fc.Arbitrary<Of<'source'>['network']> {
  const bits = family === 'ipv4' ? 32 : 128;
  const mask = fc.oneof(
    fc.integer({ min: 1, max: bits }).map((length) => prefixMask(family, length)),
    address(family)
      .map(({ words }) => words)
      .filter((words) => words.some((word) => word !== 0)),
  );
  return fc.tuple(address(family), mask).map(([host, words]) => networkOf(host, words));
}

/** With a prefix: iptables takes no other mask for conntrack's addresses. */
function prefixed(family: Family): fc.Arbitrary<Of<'source'>['network']> {
  const bits = family === 'ipv4' ? 32 : 128;
  return fc
    .tuple(address(family), fc.integer({ min: 1, max: bits }))
    .map(([host, length]) => networkOf(host, prefixMask(family, length)));
}

const interfaceName: fc.Arbitrary<InterfaceName> = fc.record({
  name: fc.stringMatching(/^[a-z][a-z0-9.:_-]{0,12}$/),
  wildcard: bool,
});
const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,14}$/);
/** Anything that one line can hold. */
const text = fc
  .string({ unit: fc.constantFrom(...'abcAZ09 -_.,:;!"\'\\/*|<>[](){}=+ü€'), minLength: 1, maxLength: 28 })
  .filter((value) => new TextEncoder().encode(value).length <= 29);
const directions: fc.Arbitrary<readonly SetDirection[]> = fc.array(fc.constantFrom('src', 'dst'), {
  minLength: 1,
  maxLength: 3,
});

function subset<T>(all: readonly T[]): fc.Arbitrary<readonly T[]> {
  return fc.subarray([...all], { minLength: 1 });
}

const statuses: fc.Arbitrary<readonly CtStatus[]> = fc.oneof(
  fc.constant<readonly CtStatus[]>(['NONE']),
  subset<CtStatus>(['EXPECTED', 'SEEN_REPLY', 'ASSURED', 'CONFIRMED']),
);
const rate = fc.constantFrom('1/sec', '10/sec', '7/min', '30/min', '3/hour', '5/day', '1/day');
const flag = orNull(inv(fc.constant(true as const)));

function conntrack(family: Family): fc.Arbitrary<Of<'conntrack'>> {
  const side = orNull(inv(prefixed(family)));
  const port = orNull(inv(range(0xffff, 1)));
  const state = fc.record({
    kind: fc.constant('conntrack' as const),
    name: fc.constant('state' as const),
    states: inv(subset(CT_STATES.slice(0, 5))),
  });
  const nothing = {
    statuses: null,
    protocol: null,
    origSrc: null,
    origDst: null,
    replSrc: null,
    replDst: null,
    origSport: null,
    origDport: null,
    replSport: null,
    replDport: null,
    expire: null,
    direction: null,
  };
  return fc.oneof(
    state.map((match) => ({ ...match, ...nothing })),
    fc
      .record({
        kind: fc.constant('conntrack' as const),
        name: fc.constant('conntrack' as const),
        states: orNull(inv(subset(CT_STATES))),
        statuses: orNull(inv(statuses)),
        protocol: orNull(inv(fc.constantFrom(1, 6, 17, 132))),
        origSrc: side,
        origDst: side,
        replSrc: side,
        replDst: side,
        origSport: port,
        origDport: port,
        replSport: port,
        replDport: port,
        expire: orNull(inv(range(0xffff))),
        direction: orNull(fc.constantFrom('ORIGINAL' as const, 'REPLY' as const)),
      })
      .filter(({ kind: _kind, name: _name, ...asked }) =>
        Object.values(asked).some((value) => value !== null),
      ),
  );
}

function kind<K extends string>(value: K): fc.Arbitrary<K> {
  return fc.constant(value);
}

/** One generator a kind. */
function matches(family: Family): { readonly [K in Exclude<MatchKind, 'unknown'>]: fc.Arbitrary<Of<K>> } {
  const addresses = fc.record({ from: address(family), to: address(family) });
  const v4 = family === 'ipv4';
  return {
    source: fc.record({ kind: kind('source'), not: bool, network: network(family) }),
    destination: fc.record({ kind: kind('destination'), not: bool, network: network(family) }),
    'in-interface': fc.record({ kind: kind('in-interface'), not: bool, interface: interfaceName }),
    'out-interface': fc.record({ kind: kind('out-interface'), not: bool, interface: interfaceName }),
    protocol: fc.record({
      kind: kind('protocol'),
      not: bool,
      number: fc.constantFrom(1, 4, 6, 17, 47, 50, 58, 99, 108, 132, 136, 254),
    }),
    fragment: fc.record({ kind: kind('fragment'), not: bool }),
    comment: fc.record({ kind: kind('comment'), text }),
    tcp: fc.record({
      kind: kind('tcp'),
      sport: ports,
      dport: ports,
      flags: orNull(
        inv(fc.record({ value: fc.integer({ min: 0, max: 0x3f }), mask: fc.integer({ min: 1, max: 0x3f }) })),
      ),
      option: orNull(inv(fc.integer({ min: 1, max: 255 }))),
    }),
    udp: fc.record({ kind: kind('udp'), name: fc.constant('udp' as const), sport: ports, dport: ports }),
    sctp: fc.record({
      kind: kind('sctp'),
      sport: ports,
      dport: ports,
      chunks: orNull(
        inv(
          fc.record({
            mode: fc.constantFrom('all' as const, 'any' as const, 'only' as const),
            types: fc.constantFrom('DATA', 'DATA,INIT', 'ABORT:T,SHUTDOWN', 'ALL', 'NONE'),
          }),
        ),
      ),
    }),
    icmp: fc.record({
      kind: kind('icmp'),
      family: fc.constant(family),
      not: bool,
      type: fc.integer({ min: 0, max: 254 }),
      code: fc.oneof(
        fc.constant({ from: 0, to: 255 }),
        u8.map((code) => ({ from: code, to: code })),
      ),
    }),
    multiport: fc.record({
      kind: kind('multiport'),
      not: bool,
      side: fc.constantFrom('source' as const, 'destination' as const, 'either' as const),
      ports: fc.array(range(0xffff), { minLength: 1, maxLength: 7 }),
    }),
    conntrack: conntrack(family),
    mark: fc.record({ kind: kind('mark'), not: bool, mark: masked }),
    connmark: fc.record({ kind: kind('connmark'), not: bool, mark: masked }),
    addrtype: fc
      .record({
        kind: kind('addrtype'),
        src: orNull(inv(subset(ADDRESS_TYPES))),
        dst: orNull(inv(subset(ADDRESS_TYPES))),
        limit: fc.constantFrom('', 'in', 'out'),
      })
      .filter(({ src, dst }) => src !== null || dst !== null)
      .map(({ limit, ...match }) => ({
        ...match,
        limitIfaceIn: limit === 'in',
        limitIfaceOut: limit === 'out',
      })),
    set: fc.record({
      kind: kind('set'),
      not: bool,
      set: fc.constantFrom('foo', 'cali40all-hosts'),
      directions,
      options: fc.constantFrom('', '--return-nomatch', '! --update-counters --packets-gt 3'),
    }),
    'statistic-random': fc
      .record({
        kind: kind('statistic-random'),
        not: bool,
        text: fc.constantFrom('0.33333333349', '0.50000000000', '1.00000000000', '0.00024414062'),
      })
      .map((match) => ({ ...match, probability: Math.round(Number(match.text) * 2 ** 31) / 2 ** 31 })),
    'statistic-nth': fc.record({
      kind: kind('statistic-nth'),
      not: bool,
      every: fc.integer({ min: 5, max: 1000 }),
      packet: fc.integer({ min: 0, max: 4 }),
    }),
    recent: fc
      .record({
        kind: kind('recent'),
        not: bool,
        action: fc.constantFrom('set' as const, 'rcheck' as const, 'update' as const, 'remove' as const),
        seconds: orNull(fc.integer({ min: 1, max: 10_000 })),
        reap: bool,
        hitcount: orNull(fc.integer({ min: 1, max: 20 })),
        rttl: bool,
        name,
        mask: address(family),
        side: fc.constantFrom('source' as const, 'destination' as const),
      })
      .map((match) => ({
        ...match,
        reap: match.reap && match.seconds !== null,
        rttl: match.rttl && match.action !== 'set' && match.action !== 'remove',
      })),
    owner: fc
      .record({
        kind: kind('owner'),
        uid: orNull(inv(range(65_000))),
        gid: orNull(inv(range(65_000))),
        socketExists: flag,
        supplementaryGroups: bool,
      })
      .filter(({ uid, gid, socketExists }) => uid !== null || gid !== null || socketExists !== null),
    socket: fc.record({ kind: kind('socket'), transparent: bool, nowildcard: bool, restoreMark: bool }),
    rpfilter: fc.record({
      kind: kind('rpfilter'),
      loose: bool,
      validmark: bool,
      acceptLocal: bool,
      invert: bool,
    }),
    physdev: fc
      .record({
        kind: kind('physdev'),
        in: orNull(inv(interfaceName)),
        out: orNull(inv(interfaceName)),
        isIn: flag,
        isOut: flag,
        isBridged: flag,
      })
      .filter((match) => match.in !== null || match.isBridged !== null),
    limit: fc.record({ kind: kind('limit'), average: rate, burst: fc.integer({ min: 1, max: 99 }) }),
    hashlimit: fc.record({
      kind: kind('hashlimit'),
      mode: fc.constantFrom('upto' as const, 'above' as const),
      rate,
      burst: fc.constantFrom('5', '20'),
      key: fc.constantFrom('', 'srcip', 'srcip,dstport', 'srcip,srcport,dstip,dstport'),
      srcmask: orNull(fc.integer({ min: 0, max: 31 })),
      dstmask: orNull(fc.integer({ min: 0, max: 31 })),
      name,
      options: fc.constantFrom('', '--hashlimit-htable-size 64 --hashlimit-htable-max 99'),
    }),
    connlimit: fc.record({
      kind: kind('connlimit'),
      mode: fc.constantFrom('upto' as const, 'above' as const),
      count: fc.integer({ min: 0, max: 9999 }),
      mask: fc.integer({ min: 0, max: v4 ? 32 : 128 }),
      side: fc.constantFrom('source' as const, 'destination' as const),
    }),
    u32: fc.record({
      kind: kind('u32'),
      not: bool,
      expression: fc.constantFrom(
        '0x0=0x1',
        '0x0>>0x16&0x3c@0xc&0xffffff00=0x100100',
        '0x4&0x3fff=0x0,0x5:0x9&&0x8<<0x2=0x1',
      ),
    }),
    bpf: fc.record({
      kind: kind('bpf'),
      bytecode: fc.constantFrom('4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0', '1,6 0 0 65535'),
    }),
    policy: fc.record({
      kind: kind('policy'),
      direction: fc.constantFrom('in' as const, 'out' as const),
      policy: fc.constant('ipsec' as const),
      options: fc.constantFrom(
        '--reqid 5',
        '--strict --reqid 1 --spi 0x2 --proto esp --mode transport',
        '--strict --reqid 1 ! --spi 0x2 --proto esp --mode transport --next --reqid 3 --proto ah --mode transport',
      ),
    }),
    nfacct: fc.record({ kind: kind('nfacct'), name }),
    mac: fc.record({
      kind: kind('mac'),
      not: bool,
      address: fc
        .array(u8, { minLength: 6, maxLength: 6 })
        .map((bytes) => bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':')),
    }),
    pkttype: fc.record({
      kind: kind('pkttype'),
      not: bool,
      type: fc.constantFrom('unicast' as const, 'broadcast' as const, 'multicast' as const),
    }),
    iprange: fc
      .record({ kind: kind('iprange'), src: orNull(inv(addresses)), dst: orNull(inv(addresses)) })
      .filter(({ src, dst }) => src !== null || dst !== null),
    helper: fc.record({ kind: kind('helper'), not: bool, helper: fc.constantFrom('ftp', 'sip-5060', 'irc') }),
    dscp: fc.record({ kind: kind('dscp'), not: bool, dscp: fc.integer({ min: 0, max: 63 }) }),
    tos: fc.record({ kind: kind('tos'), not: bool, tos: fc.record({ value: u8, mask: u8 }) }),
    ttl: fc.record({
      kind: kind('ttl'),
      name: fc.constant(v4 ? ('ttl' as const) : ('hl' as const)),
      operator: fc.constantFrom('eq' as const, 'ne' as const, 'lt' as const, 'gt' as const),
      value: u8,
    }),
    length: fc.record({ kind: kind('length'), not: bool, length: range(0xffff) }),
    string: fc
      .record({
        kind: kind('string'),
        not: bool,
        pattern: fc.constantFrom('GET /', '"\\x"', "it's", '|0d0a00|', '|c3bc|'),
        algorithm: fc.constantFrom('bm', 'kmp'),
        from: orNull(fc.integer({ min: 1, max: 99 })),
        to: orNull(fc.integer({ min: 100, max: 2000 })),
        icase: bool,
      })
      .map((match) => ({ ...match, hex: match.pattern.startsWith('|') })),
    time: fc.record({
      kind: kind('time'),
      options: fc.constantFrom(
        '--datestop 2038-01-19T03:14:07',
        '--timestart 22:00:00 --timestop 06:00:00 --weekdays Mon,Tue --datestop 2038-01-19T03:14:07',
        '--monthdays 1,2,3,31 --datestart 2026-01-02T00:00:00 --datestop 2026-12-31T23:59:59 --kerneltz',
      ),
    }),
    connbytes: fc.record({
      kind: kind('connbytes'),
      not: fc.constant(false),
      from: fc.integer({ min: 0, max: 100 }).map(String),
      to: orNull(fc.integer({ min: 101, max: 100_000 }).map(String)),
      mode: fc.constantFrom('packets' as const, 'bytes' as const, 'avgpkt' as const),
      direction: fc.constantFrom('original' as const, 'reply' as const, 'both' as const),
    }),
    tcpmss: fc.record({ kind: kind('tcpmss'), not: bool, mss: range(0xffff) }),
    'extension-header': fc.oneof(
      header('ah', ['', '--ahspi 5', '! --ahspi 5:9']),
      header('esp', ['', '--espspi 5', '! --espspi 5:9']),
      ...(v4
        ? []
        : [
            header('frag', ['', '--fragid 1:4 --fragfirst', '! --fragid 7 --fraglen 8 --fragres --fraglast']),
            header('ipv6header', ['--header ipv6-route --soft', '! --header hop-by-hop,ipv6-frag']),
            header('rt', ['', '--rt-type 0 ! --rt-segsleft 1:2 --rt-len 8']),
            header('hbh', ['', '! --hbh-len 8', '--hbh-len 8 --hbh-opts 1:2,23']),
            header('dst', ['', '--dst-len 8 --dst-opts 1:2']),
            header('mh', ['', '--mh-type 5', '! --mh-type 1:3']),
          ]),
    ),
  };
}

function header(
  called: Of<'extension-header'>['name'],
  options: readonly string[],
): fc.Arbitrary<Of<'extension-header'>> {
  return fc.constantFrom(...options).map((chosen) => ({
    kind: 'extension-header' as const,
    name: called,
    options: chosen,
  }));
}

function targets(family: Family): {
  readonly [K in Exclude<TargetKind, 'unknown'>]: fc.Arbitrary<TargetOf<K>>;
} {
  const v4 = family === 'ipv4';
  const to = fc
    .record({
      addresses: orNull(fc.record({ from: address(family), to: address(family) })),
      ports: orNull(range(0xffff, 1)),
    })
    .filter(({ addresses, ports: span }) => addresses !== null || span !== null);
  function nat(called: 'DNAT' | 'SNAT'): fc.Arbitrary<NatTarget> {
    return fc.tuple(to, bool, bool).map(([span, random, persistent]) => ({
      kind: called,
      ...span,
      portBase: null,
      random,
      randomFully: false,
      persistent,
    }));
  }
  return {
    verdict: fc.record({
      kind: kind('verdict'),
      verdict: fc.constantFrom('ACCEPT' as const, 'DROP' as const, 'RETURN' as const),
    }),
    none: fc.record({ kind: kind('none') }),
    jump: fc.record({
      kind: kind('jump'),
      chain: fc.constantFrom('u_1', 'KUBE-SVC:X', '[goto]'),
      goto: bool,
    }),
    REJECT: fc.record({
      kind: kind('REJECT'),
      with: v4
        ? fc.constantFrom('icmp-port-unreachable', 'icmp-admin-prohibited', 'icmp-host-unreachable')
        : fc.constantFrom('icmp6-port-unreachable', 'icmp6-adm-prohibited', 'icmp6-no-route'),
    }),
    LOG: fc.record({
      kind: kind('LOG'),
      prefix: fc.oneof(fc.constant(''), text),
      level: fc.integer({ min: 0, max: 7 }),
      flags: fc.subarray([1, 2, 4, 8, 32]).map((bits) => bits.reduce((sum, bit) => sum | bit, 0)),
    }),
    NFLOG: fc.record({
      kind: kind('NFLOG'),
      prefix: orNull(text),
      group: u16,
      size: orNull(fc.integer({ min: 0, max: 1000 })),
      range: fc.constant(null),
      threshold: orNull(fc.integer({ min: 1, max: 100 })),
    }),
    MARK: fc.record({ kind: kind('MARK'), value: u32, mask: u32 }),
    CONNMARK: fc
      .record({
        kind: kind('CONNMARK'),
        operation: fc.constantFrom('set' as const, 'save' as const, 'restore' as const),
        value: u32,
        ctmask: u32,
        nfmask: u32,
      })
      .map((target) =>
        target.operation === 'set' ? { ...target, nfmask: 0xffffffff } : { ...target, value: 0 },
      ),
    DNAT: nat('DNAT'),
    SNAT: nat('SNAT'),
    MASQUERADE: fc.record({
      kind: kind('MASQUERADE'),
      ports: orNull(range(0xffff, 1)),
      random: bool,
      randomFully: bool,
    }),
    REDIRECT: fc.record({ kind: kind('REDIRECT'), ports: orNull(range(0xffff, 1)), random: bool }),
    NETMAP: fc.record({
      kind: kind('NETMAP'),
      network: fc
        .tuple(address(family), fc.integer({ min: 1, max: v4 ? 32 : 128 }))
        .map(([host, length]) => networkOf(host, prefixMask(family, length))),
    }),
    TPROXY: fc.record({
      kind: kind('TPROXY'),
      port: u16,
      address: orNull(address(family).filter(({ words }) => words.some((word) => word !== 0))),
      mark: masked,
    }),
    CT: fc.oneof(
      fc.constant({
        kind: 'CT' as const,
        name: 'NOTRACK' as const,
        notrack: true,
        helper: null,
        zone: null,
        zoneDirection: 'both' as const,
        options: '',
      }),
      fc
        .record({
          kind: kind('CT'),
          name: fc.constant('CT' as const),
          notrack: bool,
          helper: fc.constant(null),
          zone: orNull(fc.oneof(fc.integer({ min: 1, max: 0xffff }), fc.constant('mark' as const))),
          zoneDirection: fc.constantFrom('both' as const, 'orig' as const, 'reply' as const),
          options: fc.constantFrom('', '--ctevents new,destroy --expevents new'),
        })
        .map((target) =>
          target.zone === null
            ? { ...target, zoneDirection: 'both' as const }
            : { ...target, notrack: false },
        ),
    ),
    SET: fc
      .record({
        kind: kind('SET'),
        action: fc.constantFrom('add' as const, 'del' as const, 'map' as const),
        set: fc.constant('foo'),
        directions,
        exist: bool,
        timeout: orNull(fc.integer({ min: 0, max: 1000 })),
        mapMark: bool,
        mapPrio: bool,
        mapQueue: bool,
      })
      .map((target) => ({
        ...target,
        exist: target.exist && target.action === 'add',
        timeout: target.action === 'add' ? target.timeout : null,
        mapMark: target.mapMark && target.action === 'map',
        mapPrio: target.mapPrio && target.action === 'map',
        mapQueue: target.mapQueue && target.action === 'map',
      })),
    TRACE: fc.record({ kind: kind('TRACE') }),
    TCPMSS: fc.record({ kind: kind('TCPMSS'), mss: orNull(fc.integer({ min: 0, max: 65_000 })) }),
    NFQUEUE: fc
      .record({ kind: kind('NFQUEUE'), queues: range(1000), bypass: bool, cpuFanout: bool })
      .map((target) => ({
        ...target,
        cpuFanout: target.cpuFanout && target.queues.from !== target.queues.to,
      })),
    DSCP: fc.record({ kind: kind('DSCP'), dscp: fc.integer({ min: 0, max: 63 }) }),
    TOS: fc.record({ kind: kind('TOS'), value: u8, mask: u8 }),
    TTL: fc.record({
      kind: kind('TTL'),
      name: fc.constant(v4 ? ('TTL' as const) : ('HL' as const)),
      operation: fc.constantFrom('set' as const, 'inc' as const, 'dec' as const),
      value: fc.integer({ min: 1, max: 255 }),
    }),
    continue: fc.oneof(
      continuing('CHECKSUM', '--checksum-fill'),
      continuing('CLASSIFY', '--set-class 0001:000a'),
      continuing('AUDIT', '--type drop'),
      continuing('IDLETIMER', '--timeout 42 --label foo'),
      continuing('TCPOPTSTRIP', '--strip-options 2,3,4,5,8'),
      continuing('SECMARK', '--selctx system_u:object_r:x_t:s0'),
      continuing('CONNSECMARK', '--save'),
      continuing('ECN', '--ecn-tcp-remove'),
      continuing('RATEEST', '--rateest-name RE1 --rateest-interval 250.0ms --rateest-ewmalog 500.0ms'),
      continuing('LED', '--led-trigger-id "f\\"o" --led-delay 42 --led-always-blink'),
    ),
    TEE: fc.record({
      kind: kind('TEE'),
      gateway: address(family),
      oif: orNull(fc.constantFrom('eth0', 'br-lan')),
    }),
    HMARK: fc.record({
      kind: kind('HMARK'),
      options: fc.constantFrom(
        v4
          ? '--hmark-src-prefix 24 --hmark-sport-mask 0x00ff --hmark-rnd 0xcafebabe --hmark-mod 10 --hmark-offset 2'
          : '--hmark-dst-prefix 64 --hmark-proto-mask 0x0f --hmark-rnd 0x00000001 --hmark-mod 10 --hmark-tuple ct',
      ),
    }),
    SYNPROXY: fc.record({
      kind: kind('SYNPROXY'),
      options: fc.constantFrom('', '--sack-perm --timestamp --wscale 7 --mss 1460', '--mss 9 --ecn'),
    }),
  };
}

function continuing(
  called: TargetOf<'continue'>['name'],
  options: string,
): fc.Arbitrary<TargetOf<'continue'>> {
  return fc.constant({ kind: 'continue' as const, name: called, options });
}

export interface RandomRule {
  readonly family: Family;
  readonly table: TableName;
  readonly matches: readonly Match[];
  readonly target: Target;
}

const HEADER = ['source', 'destination', 'in-interface', 'out-interface', 'protocol', 'fragment'] as const;

/** A rule with up to three extensions; header conditions at most once each, in the kernel's order. */
export function randomRule(family: Family): fc.Arbitrary<RandomRule> {
  const all = matches(family);
  const header = fc.tuple(
    ...HEADER.map((part) =>
      part === 'fragment' && family === 'ipv6'
        ? fc.constant(null)
        : fc.option<Match, null>(all[part], { nil: null, freq: 2 }),
    ),
  );
  const extensions = Object.entries(all)
    .filter(([part]) => !(HEADER as readonly string[]).includes(part))
    .map(([, arbitrary]) => arbitrary as fc.Arbitrary<Match>);
  return fc
    .tuple(
      header,
      fc.array(fc.oneof(...extensions), { maxLength: 3 }),
      fc.oneof(...Object.values<fc.Arbitrary<Target>>(targets(family))),
    )
    .map(([conditions, further, target]) => ({
      family,
      table: 'mangle' as const,
      matches: [...conditions.filter((condition) => condition !== null), ...further],
      target,
    }));
}
