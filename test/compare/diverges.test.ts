/** What a divergence says: where, what the rules say, what the kernel did, and the one condition responsible. */
import { expect, describe as group, test } from 'vitest';
import type { Divergence } from '../../src/model/check.ts';
import type { Finding } from '../../src/model/finding.ts';
import { type Capture, readCapture, readRules, rulesText, walksOf } from './capture.ts';
import { type Checked, check } from './check.ts';

/** The capture checked against its rules with one piece of their text replaced. */
function against(name: string, from: string | RegExp, to: string): Checked {
  const capture = readCapture(name, 'rules.save');
  const text = rulesText(name, 'rules.save');
  const changed = text.replace(from, to);
  if (changed === text) throw new Error(`nothing to replace: ${from}`);
  const ruleset = readRules('rules.save', changed, capture.events);
  return check(walksOf(capture, ruleset), ruleset, capture.context);
}

function first({ walks }: Checked): { readonly n: number; readonly divergence: Divergence } | null {
  const walk = walks.find(({ check: { status } }) => status === 'diverges');
  return walk?.check.divergence == null ? null : { n: walk.n, divergence: walk.check.divergence };
}

function said(findings: readonly Finding[]): unknown[] {
  return findings.map(({ code, args, at }) => [
    code,
    args['chain'] ?? args['file'],
    args['from'] ?? args['number'] ?? '',
    at?.line,
  ]);
}

group('pod to pod, one rule changed', () => {
  test.each([
    [
      'a condition that the packet does not meet',
      /(-A cali-FORWARD -i cali\+)/,
      '$1 -p tcp',
      {
        at: 22,
        expected: 'filter:cali-FORWARD:rule:4',
        observed: 'filter:cali-FORWARD:rule:3',
        because: { rule: 'filter:cali-FORWARD:3', condition: '-p tcp', value: 'icmp' },
      },
      [['rules.changed', 'cali-FORWARD', 3, 23]],
    ],
    [
      'another mark',
      '-A cali-PREROUTING -i cali+ -m comment --comment "cali:EWMPb0zVROM-woQp" -j MARK --set-xmark 0x40000/0x40000',
      '-A cali-PREROUTING -i cali+ -j MARK --set-xmark 0x80000/0x80000',
      {
        at: 3,
        expected: 'raw:cali-PREROUTING:rule:3',
        observed: 'raw:cali-PREROUTING:return:5',
        because: {
          rule: 'raw:cali-PREROUTING:2',
          condition: '-j MARK --set-xmark 0x80000/0x80000',
          value: 'mark 0x40000, not 0x80000',
        },
      },
      [['rules.changed', 'cali-PREROUTING', 2, 4]],
    ],
    [
      'a verdict that would have ended it',
      '-A FORWARD -m comment --comment "cali:wUHhoiAYhphO9Mso" -j cali-FORWARD',
      '-A FORWARD -s 10.200.0.0/16 -j DROP',
      {
        at: 19,
        expected: null,
        observed: 'filter:cali-FORWARD:rule:1',
        because: { rule: 'filter:FORWARD:1', condition: '-j DROP', value: 'went on in filter:cali-FORWARD' },
      },
      [['rules.inserted', 'FORWARD', 1, 20]],
    ],
    [
      'a rule that the traced rules did not have',
      '-A cali-FORWARD -m comment --comment "cali:vjrMJCRpqwy5oRoX"',
      '-A cali-FORWARD -s 203.0.113.0/24 -j DROP\n[0:0] -A cali-FORWARD -m comment --comment "cali:vjrMJCRpqwy5oRoX"',
      {
        at: 19,
        expected: 'filter:cali-FORWARD:rule:2',
        observed: 'filter:cali-FORWARD:rule:1',
        because: { rule: 'filter:cali-FORWARD:1', condition: '-s 203.0.113.0/24', value: '10.200.77.209' },
      },
      [['rules.deleted', 'cali-FORWARD', 1, 20]],
    ],
    [
      'a rule taken out',
      /\n.*-A PREROUTING -m comment --comment "cali:6gwbT8clXdHdC1b1" -j cali-PREROUTING(?=\n.*kubernetes service portals)/,
      '',
      {
        at: 11,
        expected: 'nat:KUBE-SERVICES:return:12',
        observed: 'nat:cali-PREROUTING:rule:1',
        because: {
          rule: 'nat:PREROUTING:1',
          condition: '-j KUBE-SERVICES',
          value: 'went on in nat:cali-PREROUTING',
        },
      },
      [['rules.inserted', 'PREROUTING', 1, 12]],
    ],
    [
      'a chain that the rules lack',
      /cali-from-hep-forward/g,
      'cali-from-hep-fwd',
      {
        at: 21,
        expected: 'filter:cali-from-hep-fwd:return:1',
        observed: 'filter:cali-from-hep-forward:return:1',
        because: {
          rule: 'filter:cali-FORWARD:2',
          condition: '-j cali-from-hep-fwd',
          value: 'went on in filter:cali-from-hep-forward',
        },
      },
      [['rules.unknown-chain', 'cali-from-hep-forward', '', 22]],
    ],
  ] as const)('%s', (_, from, to, divergence, findings) => {
    const checked = against('pod-to-pod', from, to);
    expect(first(checked)).toEqual({ n: 1, divergence });
    expect(said(checked.findings)).toEqual(findings);
  });
});

group('saved context that is older than the log', () => {
  const capture = readCapture('denied', 'rules.save');
  function withSet(change: (entries: number) => number): Capture['context'] {
    const sets = new Map(capture.context.sets);
    const set = sets.get('cali40s:web');
    if (set === undefined) throw new Error('no such set');
    sets.set(set.name, { ...set, entries: set.entries.slice(0, change(set.entries.length)) });
    return { ...capture.context, sets };
  }
  test('a set without its member: the finding names the file', () => {
    const { walks, findings } = check(
      walksOf(capture),
      capture.ruleset,
      withSet(() => 0),
    );
    const [walk] = walks;
    expect(walk?.check.divergence).toEqual({
      at: 34,
      expected: 'filter:cali-pi-default.allow-web:return:3',
      observed: 'filter:cali-pi-default.allow-web:rule:1',
      because: {
        rule: 'filter:cali-pi-default.allow-web:1',
        condition: '-m set --match-set cali40s:web src',
        value: expect.stringContaining('10.200.77.209'),
      },
    });
    expect(said(findings)).toEqual([['check.stale-context', 'ipset.save', '', 35]]);
  });
  test('no set saved at all: an assumption, and the same one for each packet', () => {
    const { walks } = check(walksOf(capture), capture.ruleset, { ...capture.context, sets: null });
    expect(walks.filter(({ check: { status } }) => status !== 'agrees')).toEqual([]);
    const facts = walks.flatMap(({ check: { assumptions } }) =>
      assumptions.filter(({ kind }) => kind === 'set'),
    );
    expect(new Set(facts.map(({ fact }) => fact)).size).toBeLessThan(facts.length);
    expect(facts[0]).toEqual({
      at: 34,
      kind: 'set',
      fact: '10.200.77.209 is in cali40s:web',
      settledBy: 'sets',
    });
  });
});

test('two packets that contradict each other about a set: the later one diverges', () => {
  const capture = readCapture('denied', 'rules.save');
  const walks = walksOf(capture);
  // The packet that the policy let pass by its set, and one of the same source that it did not.
  const text = rulesText('denied', 'rules.save').replace(
    /(-A cali-pi-default\.allow-web .*)--match-set cali40s:web src/,
    '$1--match-set cali40s:web src -m set ! --match-set cali40s:web src',
  );
  const ruleset = readRules('rules.save', text, capture.events);
  const { walks: checked } = check(walksOf(capture, ruleset), ruleset, { ...capture.context, sets: null });
  expect(walks.length).toBe(checked.length);
  // No answer makes both conditions of the rule true: within one packet the two contradict.
  expect(checked[0]?.check.divergence).toMatchObject({
    at: 34,
    observed: 'filter:cali-pi-default.allow-web:rule:1',
  });
});
