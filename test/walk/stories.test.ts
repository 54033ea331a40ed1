/**
 * One question a capture (its README.txt says which): where each walk began and ended, through which hooks,
 * how, and what called it forth.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EMPTY_RULESET, type Ruleset } from '../../src/model/ruleset.ts';
import { parseRuleset, settleRuleset } from '../../src/ruleset/index.ts';
import { assemble, eventsOf, stepNames, summaryOf } from './assembling.ts';
import { CAPTURES, linesOf, readEvents } from './capture.ts';

const FORMATS = join(CAPTURES, 'formats');

function rulesIn(folder: string): Ruleset {
  const files = readdirSync(folder).filter((name) => /tables-save-c\.r\.txt$/.test(name));
  const sources = files.map((file) => ({
    file,
    lines: linesOf(join(folder, file)),
    table: null,
    family: file.startsWith('ip6') ? ('ipv6' as const) : ('ipv4' as const),
  }));
  return settleRuleset(parseRuleset(sources), []).ruleset;
}

function walksOf(name: string) {
  const folder = join(FORMATS, name);
  const { walks } = assemble(readEvents(join(folder, 'dmesg.txt')), { ruleset: rulesIn(folder) });
  return [...walks].sort((a, b) => a.n - b.n);
}

const STORIES: readonly (readonly [string, readonly string[]])[] = [
  // Tracing begins in a user chain; the filter table was saved but is not in the log.
  [
    '11-trace-start-and-netns',
    [
      '1: raw:T:rule:2 … mangle:POSTROUTING:policy:1 (8) PREROUTING FORWARD POSTROUTING: forwarded gap after 6 [filter:FORWARD:policy:1]',
      '2: raw:OUTPUT:policy:2 … raw:OUTPUT:policy:2 (1) OUTPUT: unknown',
    ],
  ],
  // The last packet goes through lo: one walk.
  [
    '12-table-order-with-conntrack',
    [
      '1: raw:PREROUTING:policy:2 … nat:POSTROUTING:policy:1 (8) PREROUTING FORWARD POSTROUTING: forwarded',
      '2: raw:PREROUTING:policy:2 … mangle:POSTROUTING:policy:1 (6) PREROUTING FORWARD POSTROUTING: forwarded',
      '3: raw:PREROUTING:policy:2 … mangle:POSTROUTING:policy:1 (6) PREROUTING FORWARD POSTROUTING: forwarded',
      '4: raw:PREROUTING:policy:2 … nat:INPUT:policy:1 (7) PREROUTING INPUT: delivered',
      '5: raw:OUTPUT:policy:2 … nat:POSTROUTING:policy:1 (7) OUTPUT POSTROUTING: sent',
      '6: raw:OUTPUT:policy:2 … security:INPUT:policy:1 (13) OUTPUT POSTROUTING PREROUTING INPUT: delivered',
    ],
  ],
  // TEE's copy nests and has the same ID.
  [
    '17-targets-that-continue',
    [
      '1: raw:PREROUTING:rule:3 … mangle:POSTROUTING:policy:1 (24) PREROUTING FORWARD POSTROUTING: forwarded',
      '2: raw:OUTPUT:policy:1 … mangle:POSTROUTING:policy:1 (3) OUTPUT POSTROUTING: sent caused by 1',
      '3: raw:PREROUTING:policy:4 … mangle:POSTROUTING:policy:1 (7) PREROUTING FORWARD POSTROUTING: forwarded',
    ],
  ],
  // DROP in raw, REJECT with an error and with a reset, NFQUEUE (without listener, bypassed, accepted,
  // repeated), TPROXY, SYNPROXY.
  [
    '18-targets-with-verdict',
    [
      '1: raw:PREROUTING:rule:3 … mangle:POSTROUTING:policy:1 (6) PREROUTING FORWARD POSTROUTING: forwarded',
      '2: raw:PREROUTING:rule:4 … raw:PREROUTING:rule:4 (1) PREROUTING: dropped by raw:PREROUTING:rule:4',
      '3: raw:PREROUTING:policy:5 … mangle:POSTROUTING:policy:1 (6) PREROUTING FORWARD POSTROUTING: forwarded',
      '4: raw:PREROUTING:policy:5 … filter:FORWARD:rule:1 (4) PREROUTING FORWARD: rejected by filter:FORWARD:rule:1',
      '5: raw:OUTPUT:policy:3 … mangle:POSTROUTING:policy:1 (4) OUTPUT POSTROUTING: sent caused by 4',
      '6: raw:PREROUTING:policy:5 … filter:FORWARD:rule:2 (4) PREROUTING FORWARD: rejected by filter:FORWARD:rule:2',
      '7: raw:OUTPUT:policy:3 … mangle:POSTROUTING:policy:1 (4) OUTPUT POSTROUTING: sent caused by 6',
      '8: raw:PREROUTING:policy:5 … filter:FORWARD:rule:3 (4) PREROUTING FORWARD: queued by filter:FORWARD:rule:3',
      '9: raw:PREROUTING:policy:5 … mangle:POSTROUTING:policy:1 (5) PREROUTING FORWARD POSTROUTING: forwarded',
      '10: raw:PREROUTING:policy:5 … mangle:POSTROUTING:policy:1 (5) PREROUTING FORWARD POSTROUTING: forwarded',
      '11: raw:PREROUTING:policy:5 … mangle:POSTROUTING:policy:1 (6) PREROUTING FORWARD POSTROUTING: forwarded',
      '12: raw:PREROUTING:policy:5 … filter:INPUT:policy:2 (4) PREROUTING INPUT: delivered',
      '13: raw:OUTPUT:policy:3 … mangle:POSTROUTING:policy:1 (4) OUTPUT POSTROUTING: sent',
      '14: raw:PREROUTING:policy:5 … filter:INPUT:policy:2 (4) PREROUTING INPUT: delivered',
      '15: raw:PREROUTING:rule:2 … filter:INPUT:rule:1 (5) PREROUTING INPUT: delivered by filter:INPUT:rule:1',
      '16: raw:OUTPUT:policy:3 … mangle:POSTROUTING:policy:1 (4) OUTPUT POSTROUTING: sent',
      '17: raw:PREROUTING:policy:5 … filter:INPUT:policy:2 (5) PREROUTING INPUT: delivered',
    ],
  ],
  // No route, rp_filter, TTL, a hot-drop: nothing says so but the silence. The log ends with the last.
  [
    '19-walks-that-end-silently',
    [
      '1: raw:PREROUTING:policy:2 … mangle:PREROUTING:policy:1 (2) PREROUTING: vanished',
      '2: raw:OUTPUT:policy:2 … mangle:POSTROUTING:policy:1 (4) OUTPUT POSTROUTING: sent caused by 1',
      '3: raw:PREROUTING:policy:2 … mangle:PREROUTING:policy:1 (2) PREROUTING: vanished',
      '4: raw:PREROUTING:policy:2 … mangle:PREROUTING:policy:1 (2) PREROUTING: vanished',
      '5: raw:OUTPUT:policy:2 … mangle:POSTROUTING:policy:1 (4) OUTPUT POSTROUTING: sent caused by 4',
      '6: raw:PREROUTING:policy:2 … mangle:PREROUTING:policy:1 (2) PREROUTING: vanished',
      '7: raw:OUTPUT:policy:2 … mangle:POSTROUTING:policy:1 (4) OUTPUT POSTROUTING: sent caused by 6',
      '8: raw:PREROUTING:policy:2 … mangle:POSTROUTING:policy:1 (5) PREROUTING FORWARD POSTROUTING: forwarded',
      '9: raw:PREROUTING:policy:2 … mangle:POSTROUTING:policy:1 (5) PREROUTING FORWARD POSTROUTING: forwarded',
      '10: raw:PREROUTING:policy:2 … mangle:FORWARD:policy:1 (3) PREROUTING FORWARD: vanished',
      '11: raw:PREROUTING:policy:2 … mangle:FORWARD:policy:1 (3) PREROUTING FORWARD: vanished',
      '12: raw:PREROUTING:policy:2 … mangle:PREROUTING:policy:1 (2) PREROUTING: vanished',
      '13: raw:PREROUTING:policy:2 … filter:INPUT:policy:1 (4) PREROUTING INPUT: delivered',
      '14: raw:OUTPUT:policy:2 … mangle:POSTROUTING:policy:1 (4) OUTPUT POSTROUTING: sent caused by 13',
      '15: raw:PREROUTING:policy:2 … mangle:PREROUTING:policy:1 (2) PREROUTING: unknown',
    ],
  ],
  // No table prints in POSTROUTING for the last packet: the filter table's ACCEPT is all there is to see.
  [
    '22-nat-consulted-again-after-drop',
    [
      '1: raw:PREROUTING:policy:2 … filter:FORWARD:rule:1 (3) PREROUTING FORWARD: dropped by filter:FORWARD:rule:1',
      '2: raw:PREROUTING:policy:2 … filter:FORWARD:rule:1 (3) PREROUTING FORWARD: dropped by filter:FORWARD:rule:1',
      '3: raw:PREROUTING:policy:2 … nat:POSTROUTING:policy:1 (4) PREROUTING FORWARD POSTROUTING: forwarded',
      '4: raw:PREROUTING:policy:2 … filter:FORWARD:policy:3 (2) PREROUTING FORWARD: forwarded',
    ],
  ],
  // Looped copies of a broadcast and a multicast (10 to 13) are walks of their own.
  [
    '34-mac-forms-broadcast-multicast',
    [
      '1: raw:PREROUTING:policy:2 … mangle:POSTROUTING:policy:1 (5) PREROUTING FORWARD POSTROUTING: forwarded',
      '2: raw:PREROUTING:policy:2 … mangle:POSTROUTING:policy:1 (5) PREROUTING FORWARD POSTROUTING: forwarded',
      '3: raw:PREROUTING:policy:2 … filter:INPUT:policy:1 (4) PREROUTING INPUT: delivered',
      '4: raw:PREROUTING:policy:2 … filter:INPUT:policy:1 (4) PREROUTING INPUT: delivered',
      '5: raw:PREROUTING:policy:2 … mangle:PREROUTING:policy:1 (2) PREROUTING: vanished',
      '6: raw:PREROUTING:policy:2 … filter:INPUT:policy:1 (4) PREROUTING INPUT: delivered',
      '7: raw:OUTPUT:policy:2 … mangle:POSTROUTING:policy:1 (4) OUTPUT POSTROUTING: sent caused by 6',
      '8: raw:PREROUTING:policy:2 … mangle:POSTROUTING:policy:1 (5) PREROUTING FORWARD POSTROUTING: forwarded',
      '9: raw:PREROUTING:policy:2 … mangle:POSTROUTING:policy:1 (5) PREROUTING FORWARD POSTROUTING: forwarded',
      '10: raw:OUTPUT:policy:2 … mangle:POSTROUTING:policy:1 (4) OUTPUT POSTROUTING: sent',
      '11: mangle:POSTROUTING:policy:1 … filter:INPUT:policy:1 (6) POSTROUTING PREROUTING INPUT: delivered caused by 10',
      '12: raw:OUTPUT:policy:2 … mangle:POSTROUTING:policy:1 (4) OUTPUT POSTROUTING: sent',
      '13: mangle:POSTROUTING:policy:1 … filter:INPUT:policy:1 (6) POSTROUTING PREROUTING INPUT: delivered caused by 12',
      '14: raw:OUTPUT:policy:2 … mangle:POSTROUTING:policy:1 (4) OUTPUT POSTROUTING: sent',
      '15: raw:OUTPUT:policy:2 … mangle:POSTROUTING:policy:1 (4) OUTPUT POSTROUTING: sent',
    ],
  ],
  // 3 is DNATed to a host on the same bridge.
  [
    '35-bridge-netfilter-physdev',
    [
      '1: raw:PREROUTING:policy:2 … nat:POSTROUTING:policy:1 (7) PREROUTING FORWARD POSTROUTING: forwarded',
      '2: raw:PREROUTING:policy:2 … nat:INPUT:policy:1 (6) PREROUTING INPUT: delivered',
      '3: raw:PREROUTING:policy:2 … nat:POSTROUTING:policy:1 (7) PREROUTING FORWARD POSTROUTING: forwarded',
      '4: raw:OUTPUT:policy:2 … nat:POSTROUTING:policy:1 (6) OUTPUT POSTROUTING: sent',
    ],
  ],
  // Inner packet, the tunnel's outer packet, and back.
  [
    '37-tunnel-vxlan-trace-all',
    [
      '1: raw:PREROUTING:policy:2 … nat:POSTROUTING:policy:1 (8) PREROUTING FORWARD POSTROUTING: forwarded',
      '2: raw:OUTPUT:policy:2 … nat:POSTROUTING:policy:1 (6) OUTPUT POSTROUTING: sent',
      '3: raw:PREROUTING:policy:2 … nat:INPUT:policy:1 (6) PREROUTING INPUT: delivered',
      '4: raw:PREROUTING:policy:2 … mangle:POSTROUTING:policy:1 (6) PREROUTING FORWARD POSTROUTING: forwarded',
    ],
  ],
  // The decrypted packet keeps its trace flag: it begins with the TRACE rule itself.
  [
    '55-ipsec-esp-tunnel-mode',
    [
      '1: raw:PREROUTING:policy:3 … nat:POSTROUTING:policy:1 (8) PREROUTING FORWARD POSTROUTING: forwarded',
      '2: raw:OUTPUT:policy:1 … nat:POSTROUTING:policy:1 (6) OUTPUT POSTROUTING: sent',
      '3: raw:PREROUTING:policy:3 … filter:INPUT:policy:1 (5) PREROUTING INPUT: delivered',
      '4: raw:PREROUTING:rule:1 … mangle:POSTROUTING:policy:1 (7) PREROUTING FORWARD POSTROUTING: forwarded',
    ],
  ],
];

test.each(STORIES)('%s', (name, expected) => {
  expect(walksOf(name).map(summaryOf)).toEqual(expected);
});

test('a looped copy without any UID to tell it from its original', () => {
  const log = readEvents(join(FORMATS, '34-mac-forms-broadcast-multicast', 'dmesg.txt'));
  const lines = log.filter(({ packet }) => packet.id === 53958).map(({ text }) => text);
  const events = eventsOf(lines.map((line) => line.replace(/ UID=0 GID=0$/, '')));
  const { walks } = assemble(events, { ruleset: EMPTY_RULESET });
  expect([...walks].sort((a, b) => a.n - b.n).map(summaryOf)).toEqual([
    '1: raw:OUTPUT:policy:2 … mangle:POSTROUTING:policy:1 (4) OUTPUT POSTROUTING: sent',
    '2: mangle:POSTROUTING:policy:1 … filter:INPUT:policy:1 (6) POSTROUTING PREROUTING INPUT: unknown caused by 1',
  ]);
});

/** What changed in a walk: on the step whose rule did it, and between steps where no rule did. */
function changesOf(name: string): string[] {
  return walksOf(name).flatMap((walk) => {
    const names = stepNames(walk);
    return walk.steps.flatMap(({ changes, between }, i) => [
      ...(changes === null ? [] : [`${walk.n} ${names[i]} ${JSON.stringify(changes)}`]),
      ...(between === undefined ? [] : [`${walk.n} after ${names[i]} ${JSON.stringify(between)}`]),
    ]);
  });
}

test.each([
  [
    '13-nat-dnat-snat-forward',
    [
      '1 nat:PREROUTING:rule:1 {"dst":["10.71.1.1","10.71.2.2"],"dport":[8053,53]}',
      '1 after nat:PREROUTING:rule:1 {"ttl":[64,63],"out":["","rb"]}',
      // A reply is translated back by conntrack, not by a rule.
      '2 after mangle:PREROUTING:policy:1 {"ttl":[64,63],"dst":["10.71.2.1","10.71.1.2"],"dport":[7006,40010],"out":["","ra"]}',
      '3 after mangle:PREROUTING:policy:1 {"ttl":[64,63],"dst":["10.71.1.1","10.71.2.2"],"dport":[8053,53],"out":["","rb"]}',
    ],
  ],
  [
    '14-nat-local-redirect-netmap-masquerade',
    [
      '1 nat:OUTPUT:rule:1 {"dst":["10.71.2.2","10.71.1.2"],"dport":[8101,5302]}',
      '1 after filter:OUTPUT:policy:1 {"out":["rb","ra"]}',
      '2 nat:OUTPUT:rule:2 {"dst":["10.71.2.2","127.0.0.1"],"dport":[8102,5300]}',
      '2 after filter:OUTPUT:policy:1 {"out":["rb","lo"]}',
      '2 after nat:POSTROUTING:policy:2 {"in":["","lo"],"out":["lo",""]}',
      '4 nat:PREROUTING:rule:1 {"dst":["10.71.2.2","10.71.1.1"],"dport":[8104,5300]}',
      '5 nat:PREROUTING:rule:2 {"dst":["10.71.3.2","10.71.2.2"]}',
      '5 after nat:PREROUTING:rule:2 {"ttl":[64,63],"out":["","rb"]}',
    ],
  ],
  [
    '17-targets-that-continue',
    [
      '1 mangle:PREROUTING:rule:1 {"mark":[0,16]}',
      '1 mangle:PREROUTING:rule:2 {"mark":[16,19]}',
      '1 mangle:PREROUTING:rule:4 {"mark":[19,0]}',
      '1 mangle:PREROUTING:rule:5 {"mark":[0,19]}',
      '1 mangle:PREROUTING:rule:10 {"tos":[0,16]}',
      '1 mangle:PREROUTING:rule:11 {"tos":[16,184]}',
      '1 mangle:PREROUTING:rule:12 {"ttl":[64,33]}',
      '1 mangle:PREROUTING:rule:14 {"mark":[19,108]}',
      '1 after mangle:PREROUTING:policy:21 {"ttl":[33,32],"out":["","rb"]}',
      '2 after mangle:OUTPUT:policy:1 {"in":["","rb"]}',
      '3 after mangle:PREROUTING:policy:21 {"ttl":[64,63],"out":["","rb"]}',
    ],
  ],
])('%s: changes', (name, expected) => {
  expect(changesOf(name)).toEqual(expected);
});
