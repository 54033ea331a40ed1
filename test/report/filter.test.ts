import { expect, test } from 'vitest';
import { parseNetwork } from '../../src/model/address.ts';
import { parseMoment } from '../../src/model/moment.ts';
import type { Walk } from '../../src/model/walk.ts';
import { type Filter, NO_FILTER, Selection } from '../../src/report/filter.ts';
import { packet, step, tcp, walk } from '../make/walk.ts';

const before = packet({ src: '10.0.0.1', dst: '10.32.0.139', id: 77, transport: tcp(4000, 80) });
const after = packet({ src: '10.0.0.1', dst: '10.9.9.9', out: 'cali5', transport: tcp(4000, 8080) });
const SERVICE: Walk = walk(
  [
    step('nat:KUBE-SVC-X:rule:2', 'PREROUTING', {
      event: { packet: before, time: 1714550416000, uptime: 100 },
    }),
    step('filter:FORWARD:policy:3', 'FORWARD', { event: { packet: after } }),
  ],
  { n: 7, disposition: 'dropped' },
);

function network(text: string) {
  const parsed = parseNetwork(text);
  if (parsed === null) throw new Error(text);
  return parsed;
}
function since(text: string): Partial<Filter> {
  return { since: parseMoment(text) };
}

test.each<[string, Partial<Filter>, boolean]>([
  ['nothing asked', {}, true],
  ['src', { src: [network('10.0.0.0/24')] }, true],
  ['src of another family', { src: [network('::/0')] }, false],
  ['dst before NAT', { dst: [network('10.32.0.0/16')] }, true],
  ['dst after NAT', { dst: [network('10.9.9.9')] }, true],
  ['dst elsewhere', { dst: [network('10.9.9.8')] }, false],
  ['one of two', { dst: [network('1.1.1.1'), network('10.9.9.9')] }, true],
  ['both fields must hold', { dst: [network('10.9.9.9')], sport: [{ from: 1, to: 2 }] }, false],
  ['dport after NAT', { dport: [{ from: 8000, to: 9000 }] }, true],
  ['dport outside', { dport: [{ from: 81, to: 8079 }] }, false],
  ['protocol', { protocol: [17, 6] }, true],
  ['another protocol', { protocol: [17] }, false],
  ['id', { id: [77] }, true],
  ['in', { in: ['eth0'] }, true],
  ['in wildcard', { in: ['eth+'] }, true],
  ['out wildcard', { out: ['cali+'] }, true],
  ['out exact', { out: ['cali'] }, false],
  ['host', { host: ['node1'] }, true],
  ['another host', { host: ['node2'] }, false],
  ['chain in any table', { chain: [{ table: null, chain: 'KUBE-SVC-X', number: null }] }, true],
  ['chain in the wrong table', { chain: [{ table: 'filter', chain: 'KUBE-SVC-X', number: null }] }, false],
  ['rule', { rule: [{ table: 'nat', chain: 'KUBE-SVC-X', number: 2 }] }, true],
  ['another rule', { rule: [{ table: 'nat', chain: 'KUBE-SVC-X', number: 3 }] }, false],
  ['disposition', { disposition: ['forwarded', 'dropped'] }, true],
  ['status', { status: ['agrees'] }, false],
  ['walk', { walk: [7] }, true],
  ['another walk', { walk: [1, 2] }, false],
  ['since, UTC', since('2024-05-01T08:00:16Z'), true],
  ['since, later in another zone', since('2024-05-01T10:00:17+02:00'), false],
  ['since, uptime', since('99.9'), true],
  ['since, later uptime', since('[100.5]'), false],
  ['since, the log’s clock', since('Jun 22 12:47:55'), true],
  ['since, later by the log’s clock', since('12:47:56'), false],
  ['until the same second', { until: parseMoment('12:47:55', 'end') }, true],
  ['until before', { until: parseMoment('Jun 21 23:00:00', 'end') }, false],
])('%s', (_, fields, taken) => {
  const selection = new Selection({ ...NO_FILTER, ...fields });
  expect(selection.select({ type: 'walk', walk: SERVICE }) !== null).toBe(taken);
});

test('counts what was chosen into the summary, and nothing else of it changes', () => {
  const selection = new Selection({ ...NO_FILTER, walk: [7] });
  for (const n of [6, 7, 8]) selection.select({ type: 'walk', walk: { ...SERVICE, n } });
  const summary = {
    lines: 9,
    records: 9,
    traceLines: 6,
    unparsed: 1,
    notOurs: 2,
    walks: 3,
    dispositions: { dropped: 3 },
    checks: { agrees: 0, diverges: 0, incomplete: 0, unchecked: 3 },
    partial: false,
  };
  const passed = selection.select({ type: 'summary', summary });
  expect(passed).toEqual({
    type: 'summary',
    summary: {
      ...summary,
      walks: 1,
      dispositions: { dropped: 1 },
      checks: { agrees: 0, diverges: 0, incomplete: 0, unchecked: 1 },
    },
  });
});

test('a walk whose time nothing tells is left out, and counted', () => {
  const undated = walk([step('raw:PREROUTING:policy:1', 'PREROUTING', { event: { time: null } })]);
  const selection = new Selection({ ...NO_FILTER, ...since('2024-05-01T08:00:16Z') });
  expect(selection.select({ type: 'walk', walk: undated })).toBeNull();
  expect(selection.undated).toBe(1);
});

test.each([
  ['2024-05-01 08:00 UTC', 'utc'],
  ['2024-05-01T08:00:16.5+0200', 'utc'],
  ['2024-05-01', 'clock'],
  ['2024-05-01 08:00:16', 'clock'],
  ['Jun  2 01:02:03', 'clock'],
  ['1:02', 'clock'],
  ['1713', 'uptime'],
  ['yesterday', null],
  ['Foo 3 01:02:03', null],
  ['25:00:00', null],
  ['2024-13-01', null],
  ['', null],
])('the moment %j is %j', (text, kind) => {
  expect(parseMoment(text)?.kind ?? null).toBe(kind);
});
