import { expect, test } from 'vitest';
import { uncheckedCheck } from '../../src/model/check.ts';
import type { Packet } from '../../src/model/packet.ts';
import type { Disposition, Walk } from '../../src/model/walk.ts';
import { packetKind } from '../../src/report/verdict.ts';
import { verdictLine } from '../../src/report/walk-outline.ts';
import { chain, icmp, packet, rule, step, tcp, udp, walk } from '../make/walk.ts';

function textOf(of: Walk): string {
  return verdictLine(of)
    .map(({ text }) => text)
    .join('');
}

const seen = { src: '10.0.0.1', dst: '10.0.0.2', transport: tcp(4000, 80) };
const entry = step('raw:PREROUTING:policy:1', 'PREROUTING', { event: { packet: packet(seen) } });
const exit = step('nat:POSTROUTING:policy:1', 'POSTROUTING', {
  event: { packet: packet({ ...seen, out: 'eth1' }) },
});
const drop = rule('filter', 3, '-A FORWARD -j DROP', { kind: 'verdict', verdict: 'DROP' });
const dropping = step('filter:FORWARD:policy:3', 'FORWARD', {
  place: { kind: 'rule', rule: drop, chain: chain('FORWARD', [drop]) },
});
const policy = step('filter:INPUT:policy:1', 'INPUT', {
  place: { kind: 'policy', chain: chain('INPUT', [], { policy: 'DROP' }) },
});
const local = step('filter:INPUT:rule:1', 'INPUT', { event: { packet: packet({ ...seen, in: 'lo' }) } });
const made = step('raw:OUTPUT:policy:1', 'OUTPUT', {
  event: { packet: packet({ ...seen, in: '', out: 'eth0' }) },
});
const rewritten = step('nat:POSTROUTING:policy:1', 'POSTROUTING', {
  event: { packet: packet({ ...seen, dst: '10.9.9.9', transport: tcp(4000, 8080), out: 'eth1' }) },
});

const masquerade = rule('nat', 1, '-A POSTROUTING -j MASQUERADE', {
  kind: 'MASQUERADE',
  ports: null,
  random: false,
  randomFully: false,
});
const masqueraded = {
  ...exit,
  place: { kind: 'rule', rule: masquerade, chain: chain('POSTROUTING', [masquerade]) },
} as const;

test.each<[Disposition, Partial<Walk> & Pick<Walk, 'steps'>, string]>([
  ['forwarded', { steps: [entry, exit] }, 'forwarded eth0 → eth1'],
  ['forwarded', { steps: [entry, rewritten] }, 'forwarded to 10.9.9.9:8080, eth0 → eth1'],
  ['forwarded', { steps: [entry, masqueraded] }, 'forwarded eth0 → eth1, MASQUERADE'],
  ['sent', { steps: [made, masqueraded] }, 'sent from this host by eth1, MASQUERADE'],
  ['delivered', { steps: [entry, local] }, 'delivered to this host from lo'],
  ['sent', { steps: [made, exit] }, 'sent from this host by eth1'],
  ['dropped', { steps: [entry, dropping], decidedBy: 1 }, 'dropped by filter FORWARD:3'],
  ['dropped', { steps: [entry, policy], decidedBy: 1 }, 'dropped by the policy of filter INPUT'],
  ['rejected', { steps: [entry, dropping], decidedBy: 1 }, 'rejected by filter FORWARD:3'],
  [
    'queued',
    { steps: [entry, dropping], decidedBy: 1 },
    'queued by filter FORWARD:3, no line tells what became of it',
  ],
  ['vanished', { steps: [entry] }, 'vanished after PREROUTING raw, no rule said so'],
  ['unknown', { steps: [entry] }, 'end unknown, last seen in PREROUTING raw'],
])('%s: %s', (disposition, fields, outcome) => {
  expect(textOf(walk(fields.steps, { disposition, ...fields }))).toBe(
    `10.0.0.1:4000 → 10.0.0.2:80  TCP SYN: ${outcome}`,
  );
});

test('a packet that vanished: why, if the context tells', () => {
  const check = { ...uncheckedCheck([], []), ending: 'no-route' } as const;
  expect(textOf(walk([entry], { disposition: 'vanished', check }))).toMatch(
    /vanished after PREROUTING raw: there is no route to its destination$/,
  );
});

test('says when the rules are contradicted, and when lines are missing', () => {
  const check = {
    status: 'diverges',
    unchecked: [],
    assumptions: [],
    missing: [],
    divergence: { at: 0, expected: null, observed: null, because: null },
  } as const;
  expect(textOf(walk([entry, exit], { check }))).toMatch(/ — not what the rules say$/);
  expect(textOf(walk([entry, exit], { gaps: [{ after: 0, steps: [] }] }))).toMatch(/ — lines are missing$/);
});

test.each<[Partial<Packet>, string]>([
  [{ transport: tcp(1, 2, 0x12) }, 'TCP SYN,ACK'],
  [{ transport: tcp(1, 2, 0) }, 'TCP without flags'],
  [{ transport: udp(1, 2) }, 'UDP'],
  [{ transport: icmp(8, 0, 6656, 0) }, 'ICMP echo-request id 6656 seq 0'],
  [{ transport: icmp(3, 1) }, 'ICMP host-unreachable'],
  [{ transport: icmp(3, 99) }, 'ICMP destination-unreachable code 99'],
  [{ transport: icmp(77, 1) }, 'ICMP type 77 code 1'],
  [
    {
      transport: {
        ...icmp(3, 3),
        quoted: packet({ src: '10.0.0.9', dst: '10.0.0.8', transport: udp(53, 99) }),
      },
    },
    'ICMP port-unreachable about UDP 10.0.0.9:53 → 10.0.0.8:99',
  ],
  [{ protocol: 17, fragmentOffset: 1480 }, 'UDP (later fragment)'],
  [{ transport: udp(1, 2), mf: true }, 'UDP (first fragment)'],
  [{ protocol: 47 }, 'GRE'],
  [{ protocol: 253 }, 'protocol 253'],
  [{}, 'packet'],
])('%j is a %s', (fields, kind) => {
  const { src: _, dst: __, ...rest } = fields;
  expect(packetKind(packet(rest))).toBe(kind);
});

test('IPv6 endpoints with ports are in brackets', () => {
  const six = packet({ src: 'fd00::1', dst: 'fd00::2', transport: udp(1, 53) });
  const only = step('raw:PREROUTING:policy:1', 'PREROUTING', { event: { packet: six } });
  expect(textOf(walk([only], { disposition: 'unknown' }))).toMatch(
    /^\[fd00::1\]:1 → \[fd00::2\]:53 {2}UDP: /,
  );
});
