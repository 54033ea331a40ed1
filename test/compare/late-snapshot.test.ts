/** Connections that were saved after the log had begun do not tell what stood before, and the log shows it. */
import { expect, describe as group, test } from 'vitest';
import type { SavedConnection } from '../../src/model/context.ts';
import { checkRouter, savedAfter, walkAt } from './router.ts';

const SAVED = savedAfter();
const LATE = [['check.late-snapshot', 'conntrack.txt']];

/** The packet to port 80, line 1 on: its connection, as if it were otherwise. */
function web(changes: Partial<SavedConnection>): SavedConnection {
  const connection = SAVED.find(({ original: { dport, sport } }) => dport === 80 && sport === 49590);
  if (connection === undefined) throw new Error('no such connection');
  return { ...connection, ...changes };
}

function said({ findings }: ReturnType<typeof checkRouter>): unknown[] {
  return findings
    .filter(({ code }) => code.startsWith('check.'))
    .map(({ code, args }) => [code, args['file']]);
}

test('a first packet whose connection stands there already: said once, at its line', () => {
  const checked = checkRouter({ connections: SAVED });
  expect(said(checked)).toEqual(LATE);
  expect(checked.findings[0]?.args['fact']).toBe('10.1.0.2:49590 → 10.1.0.1:80');
  expect(checked.findings[0]?.at?.line).toBe(1);
});

test('nothing is taken from it: each packet is told as without it', () => {
  const without = checkRouter();
  const late = checkRouter({ connections: SAVED });
  expect(late.walks.map(({ check }) => check)).toEqual(without.walks.map(({ check }) => check));
  expect(
    late.walks.flatMap(({ check }) => check.assumptions).filter(({ kind }) => kind === 'unseen'),
  ).toEqual([]);
});

test('a rule that is out of date is found all the same', () => {
  const stale = checkRouter({
    edits: [['--dports 80,8000', '--dports 80']],
    connections: SAVED,
  });
  expect(walkAt(stale, 103).check.divergence).toMatchObject({
    at: 8,
    because: {
      rule: 'filter:LAN2DMZ:2',
      condition: '-m multiport --dports 80',
      value: 'destination port 8000',
    },
  });
  expect(stale.findings.map(({ code }) => code)).toContain('rules.changed');
});

group('what may have stood before and ended since tells nothing', () => {
  test.each([
    ['saved as it was when all was over', {}, LATE],
    ['closed long enough for its ports to be used again', { state: 'TIME_WAIT', timeout: 30 }, []],
    ['closed just before', { state: 'TIME_WAIT', timeout: 119 }, LATE],
    ['reset', { state: 'CLOSE', timeout: 9 }, []],
    ['without a time', { timeout: null }, []],
    ['open', { state: 'ESTABLISHED', timeout: 431999 }, LATE],
    ['of another zone', { zone: 1 }, []],
  ] as const)('%s', (_, changes, expected) => {
    expect(said(checkRouter({ connections: [web(changes)] }))).toEqual(expected);
  });
  test('a UDP flow that ran out meanwhile; three of them tell', () => {
    const [one, two, three] = SAVED.filter(({ protocol }) => protocol !== 6).map((each) => ({
      ...each,
      timeout: 0,
    }));
    if (one === undefined || two === undefined || three === undefined) throw new Error('too few');
    expect(said(checkRouter({ connections: [one, two] }))).toEqual([]);
    expect(said(checkRouter({ connections: [one, two, three] }))).toEqual(LATE);
  });
});

test('an empty one is taken at its word', () => {
  const checked = checkRouter({ connections: [] });
  expect(said(checked)).toEqual([]);
  expect(
    checked.walks.flatMap(({ check }) => check.assumptions).filter(({ kind }) => kind === 'conntrack'),
  ).toEqual([]);
});
