/** The way that the rules say from a divergence on: it is the one that the simulator predicts, as far as it is certain. */
import { expect, describe as group, test } from 'vitest';
import { specOfPacket } from '../../src/model/packet-spec.ts';
import { simulate } from '../../src/simulate/index.ts';
import { readCapture, readRules, rulesText, walksOf } from './capture.ts';
import { check } from './check.ts';

function against(name: string, from: string | RegExp, to: string) {
  const capture = readCapture(name, 'rules.save');
  const text = rulesText(name, 'rules.save');
  const changed = text.replace(from, to);
  if (changed === text) throw new Error(`nothing to replace: ${from}`);
  const ruleset = readRules('rules.save', changed, capture.events);
  const { walks } = check(walksOf(capture, ruleset), ruleset, capture.context);
  const walk = walks.find(({ check: { status } }) => status === 'diverges');
  if (walk?.check.divergence == null) throw new Error('nothing diverges');
  return { walk, divergence: walk.check.divergence, branch: walk.check.branch, ruleset, capture };
}

group('it is what the simulator predicts', () => {
  test.each([
    ['a condition that is not met', /(-A cali-FORWARD -i cali\+)/, '$1 -p tcp'],
    [
      'a drop',
      '-A FORWARD -m comment --comment "cali:wUHhoiAYhphO9Mso" -j cali-FORWARD',
      '-A FORWARD -s 10.200.0.0/16 -j DROP',
    ],
    [
      'a drop further on',
      '-A FORWARD -m comment --comment "cali:wUHhoiAYhphO9Mso" -j cali-FORWARD',
      '-A FORWARD -m mark --mark 0x0/0x1\n[0:0] -A FORWARD -s 10.200.0.0/16 -j DROP',
    ],
    [
      'a rule that nobody traced',
      '-A cali-FORWARD -m comment --comment "cali:vjrMJCRpqwy5oRoX"',
      '-A cali-FORWARD -s 203.0.113.0/24 -j DROP\n[0:0] -A cali-FORWARD -m comment --comment "cali:vjrMJCRpqwy5oRoX"',
    ],
    [
      'a rule taken out',
      /\n.*-A PREROUTING -m comment --comment "cali:6gwbT8clXdHdC1b1" -j cali-PREROUTING(?=\n.*kubernetes service portals)/,
      '',
    ],
  ])('%s', (_, from, to) => {
    const { walk, divergence, branch, ruleset, capture } = against('pod-to-pod', from, to);
    const spec = { ...specOfPacket(walk.packet), mark: 0 };
    const [prediction] = simulate(ruleset, capture.context, [spec]);
    const [path, ...others] = prediction?.paths ?? [];
    expect(others).toEqual([]);
    const names = path?.steps.map(({ table, chain, type, number }) => `${table}:${chain}:${type}:${number}`);
    expect(branch?.steps).toEqual(names?.slice(divergence.at, divergence.at + 40));
    expect(branch?.steps[0] ?? null).toBe(divergence.expected);
    expect(branch?.end?.disposition).toBe(path?.disposition);
    const decider = path?.decidedBy;
    expect(branch?.end?.by ?? null).toBe(
      decider == null ? null : `${decider.table}:${decider.chain}:${decider.number}`,
    );
  });
});

test('it ends where chance decides, and says no end', () => {
  const { branch } = against(
    'service',
    /(-A KUBE-SERVICES -d 10\.32\.0\.139\/32 .*)\n/,
    '$1 -m ttl --ttl-lt 2\n[0:0] -A KUBE-SERVICES -d 10.32.0.139/32 -p tcp -j KUBE-SVC-2CMXP7HKUVJN7L6M\n',
  );
  expect(branch?.steps).toEqual(['nat:KUBE-SERVICES:rule:3']);
  expect(branch?.end).toBeNull();
});
