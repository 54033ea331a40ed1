/** A rule taken out of the rules, or put into them: what each packet's divergence says is true of the packet. */
import { expect, describe as group, test } from 'vitest';
import { checkRouter, savedAfter, walkAt } from './router.ts';

const DROP = /\n.*--dport 400:500.*-j DROP(?=\n)/;

group('the rules lack the third rule of LAN2DMZ', () => {
  const checked = checkRouter({ edits: [[DROP, '']] });
  // Beginning of the packet in the log → what the rules say and the log has, and the reason.
  test.each([
    // No rule matched: the chain was longer, and no rule is to blame.
    [60, 'filter:LAN2DMZ:return:7', 'filter:LAN2DMZ:return:8', null],
    [
      160,
      'filter:LAN2DMZ:rule:5',
      'filter:LAN2DMZ:rule:6',
      { rule: 'filter:LAN2DMZ:6', condition: '-p udp', value: 'icmp' },
    ],
    // The last rule of these would have matched; the log has one behind it.
    [
      174,
      'filter:LAN2DMZ:rule:6',
      'filter:LAN2DMZ:rule:7',
      { rule: 'filter:LAN2DMZ:6', condition: '-m udp --dport 5353', value: 'destination port 5353' },
    ],
  ])('line %i', (line, expected, observed, because) => {
    expect(walkAt(checked, line).check.divergence).toMatchObject({ expected, observed, because });
  });
  test('what is called a rule is not the end of a chain', () => {
    const { steps } = walkAt(checked, 174);
    expect(steps.find(({ event: { chain, number } }) => chain === 'LAN2DMZ' && number === 7)?.place).toEqual({
      kind: 'missing',
    });
  });
  test('no packet that parts from the rules lacks lines', () => {
    const parted = checked.walks.filter(({ check }) => check.status === 'diverges');
    expect(parted.length).toBe(7);
    expect(parted.filter(({ gaps, check }) => gaps.length + check.missing.length > 0)).toEqual([]);
  });
});

group('a connection that ended before, and rules that are out of date', () => {
  const saved = savedAfter().filter(({ original: { dport } }) => dport === 8000);
  const { walks } = checkRouter({
    edits: [['--dports 80,8000', '--dports 80']],
    // So long closed that its ports may be in use again: it may well have stood before.
    connections: saved.map((each) => ({ ...each, timeout: 30 })),
  });
  test('the packet parts where the rule is another one, not in nat, which shows that it opened a connection', () => {
    expect(walkAt({ walks, findings: [] }, 103).check.divergence).toMatchObject({
      observed: 'filter:LAN2DMZ:rule:2',
      because: { rule: 'filter:LAN2DMZ:2', value: 'destination port 8000' },
    });
  });
  test('a policy that lets a packet go on is not to blame for where it goes on', () => {
    const blamed = walks.flatMap(({ check }) => check.divergence?.because?.condition ?? []);
    expect(blamed).not.toContain('policy ACCEPT');
  });
});
