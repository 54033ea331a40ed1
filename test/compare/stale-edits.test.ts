/** One rule of a real rule set changed: what the findings say was otherwise when the log was written. */
import { expect, describe as group, test } from 'vitest';
import { parseContext } from '../../src/context/index.ts';
import { readCapture, readRules, rulesText, walksOf } from './capture.ts';
import { check } from './check.ts';

const SERVICE = readCapture('service', 'rules.save');
const LINES = rulesText('service', 'rules.save').split('\n');

function at(start: string): number {
  const index = LINES.findIndex((line) => line.replace(/^\[\d+:\d+\] /, '').startsWith(start));
  if (index < 0) throw new Error(`no rule ${start}`);
  return index;
}

function findingsOf(lines: readonly string[]) {
  const ruleset = readRules('rules.save', lines.join('\n'), SERVICE.events);
  const { findings } = check(walksOf(SERVICE, ruleset), ruleset, SERVICE.context);
  return findings.map(({ code, args }) => [code, args]);
}

const SERVICES = at('-A KUBE-SERVICES ! -s 10.200.0.0/16 -d 10.32.0.139/32');
const FORWARDED = at('-A cali-fw-cali84b7d149337 -j cali-pro-kns.default');
const COUNTS = { explained: 40, diverging: 40 };

group('the rules given differ in one', () => {
  test.each([
    [
      'another port',
      LINES.map((line) =>
        line.includes('-d 10.32.0.139/32') ? line.replace('--dport 80', '--dport 8080') : line,
      ),
      'rules.changed',
      {
        ...{ table: 'nat', chain: 'KUBE-SERVICES', from: 2, to: 2, does: '', ...COUNTS },
        asks: '-m tcp --dport 8080',
        has: 'destination port 80',
      },
    ],
    [
      'it is not there',
      LINES.toSpliced(SERVICES, 1),
      'rules.inserted',
      { table: 'nat', chain: 'KUBE-SERVICES', from: 1, to: 1, does: '', ...COUNTS },
    ],
    [
      'there is one more',
      LINES.toSpliced(SERVICES, 0, '-A KUBE-SERVICES -s 203.0.113.9/32 -j DROP'),
      'rules.deleted',
      { table: 'nat', chain: 'KUBE-SERVICES', from: 1, to: 2, does: '', ...COUNTS },
    ],
    [
      'it stands elsewhere',
      LINES.toSpliced(FORWARDED, 1).toSpliced(FORWARDED - 3, 0, LINES[FORWARDED] ?? ''),
      'rules.moved',
      { table: 'filter', chain: 'cali-fw-cali84b7d149337', from: 3, to: 6, does: '', ...COUNTS },
    ],
    [
      'it sets another mark',
      LINES.map((line) =>
        line.includes('-A cali-PREROUTING -i cali+') ? line.replaceAll('0x40000', '0x80000') : line,
      ),
      'rules.changed',
      {
        ...{ table: 'raw', chain: 'cali-PREROUTING', from: 2, to: 2, explained: 80, diverging: 80 },
        does: '-j MARK --set-xmark 0x40000/0x40000',
      },
    ],
  ])('%s', (_, lines, code, args) => {
    expect(findingsOf(lines)).toEqual([[code, args]]);
  });
});

test('a chain that the rules lack: with the packets that came there', () => {
  const docker = readCapture('docker-bridge', 'rules.save');
  const text = rulesText('docker-bridge', 'rules.save').replace(/DOCKER-USER/g, 'OTHER');
  const ruleset = readRules('rules.save', text, docker.events);
  const walks = walksOf(docker, ruleset);
  const unknown = check(walks, ruleset, docker.context).findings.filter(
    ({ code }) => code === 'rules.unknown-chain',
  );
  const came = walks.filter(({ steps }) => steps.some(({ event }) => event.chain === 'DOCKER-USER'));
  expect(came.length).toBeGreaterThan(1);
  expect(unknown.map(({ args }) => args)).toEqual([
    { table: 'filter', chain: 'DOCKER-USER', count: came.length },
  ]);
});

test('without context a packet that is another one has not come to its end', () => {
  const lines = LINES.map((line) =>
    line.replace('--to-destination 10.200.77.216:80', '--to-destination 10.200.77.216:81'),
  );
  const ruleset = readRules('rules.save', lines.join('\n'), SERVICE.events);
  const { walks } = check(walksOf(SERVICE, ruleset).slice(0, 2), ruleset, parseContext([]).context);
  expect(walks[0]?.check.divergence).toMatchObject({
    expected: 'mangle:FORWARD:policy:1',
    observed: 'mangle:FORWARD:policy:1',
    because: { rule: 'nat:KUBE-SEP-G4F2UA2BLTY63GRP:2', value: 'dport 80, not 81' },
  });
});

test('a route that changed since it was saved: which way, and which by the file', () => {
  const capture = readCapture('denied', 'rules.save');
  const routes = (capture.context.routes ?? []).filter(({ nexthops }) =>
    nexthops.every(({ dev }) => dev !== 'cali5cb173fd42f'),
  );
  const { findings } = check(walksOf(capture), capture.ruleset, { ...capture.context, routes });
  expect(findings.map(({ code, args }) => [code, args['fact']])).toEqual([
    ['check.stale-context', '10.200.77.216 leaves by cali5cb173fd42f, by the file it would by eth0'],
  ]);
});
