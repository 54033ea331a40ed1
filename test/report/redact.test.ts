/** Redaction: what is replaced, that it is replaced everywhere and by one name, and what stays. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { AnalysisRecord } from '../../src/model/analysis.ts';
import { diagnostic } from '../../src/model/diagnostic.ts';
import { Redaction } from '../../src/report/redact.ts';
import { Pseudonyms } from '../../src/report/redact-text.ts';
import { run } from '../make/stdio.ts';
import { packet, step, walk } from '../make/walk.ts';

describe('text', () => {
  test.each([
    ['SRC=10.0.0.1 DST=10.0.0.2', 'SRC=ipv4-1 DST=ipv4-2'],
    ['10.0.0.1 again 10.0.0.1', 'ipv4-1 again ipv4-1'],
    ['-d 10.0.0.0/24 --to-destination 10.0.0.9:80', '-d ipv4-1/24 --to-destination ipv4-2:80'],
    ['10.0.0.1-10.0.0.9', 'ipv4-1-ipv4-2'],
    ['SRC=fd00:0000:0000:0000:0000:0000:0000:0001 and fd00::1', 'SRC=ipv6-1 and ipv6-1'],
    ['[fd00::1]:80', '[ipv6-1]:80'],
    ['::ffff:10.0.0.1', 'ipv6-1'],
    ['MAC=aa:bb:cc:dd:ee:00:42:6d:7a:36:49:be:08:00 SRC', 'MAC=mac-1:mac-2:08:00 SRC'],
    ['--mac-source AA:BB:CC:DD:EE:00 aa:bb:cc:dd:ee:00', '--mac-source mac-1 mac-1'],
    ['MAC=45:00:00:54:00:00:40:00:40:04:00:00:0a:00:00:01:0a:00:00:02 X', 'MAC=link-1 X'],
    ['node1 kernel: node1.example.com (node11)', 'host-1 kernel: host-1 (node11)'],
    ['to:10.0.0.1:80 x10.0.0.1y _10.0.0.1.', 'to:ipv4-1:80 xipv4-1y _ipv4-1.'],
    ['ip-10-0-0-1 10.0.0.1', 'ip-ipv4-1 ipv4-1'],
    ['1.0.0.10.9.in-addr.arpa', 'ipv4-1.in-addr.arpa'],
    ['010.000.000.001 10.0.0.1', 'ipv4-1 ipv4-1'],
    ['addr:fd00::1 fd00::1.fd00::2', 'addr:ipv6-1 ipv6-1.ipv6-2'],
    ['mac:aa:bb:cc:dd:ee:00:def x.aa:bb:cc:dd:ee:00', 'mac:mac-1:def x.mac-1'],
    ['2001:db8::10.0.0.1/96', 'ipv6-1/96'],
    ['ip-10-1-2-3 ip-10-1-2-3.eu.example', 'host-2 host-2'],
    ['db.corp.example and db', 'host-3 and host-3'],
  ])('%s', (raw, expected) => {
    const pseudonyms = new Pseudonyms();
    for (const host of ['node1', 'ip-10-1-2-3', 'db.corp.example']) pseudonyms.host(host);
    expect(pseudonyms.text(raw)).toBe(expected);
  });

  test.each([
    '127.0.0.1 127.8.9.1 0.0.0.0/0 224.0.0.1 239.255.255.250 255.255.255.255',
    '::1 ::/0 ff02::1',
    'ff:ff:ff:ff:ff:ff 33:33:00:00:00:01 01:00:5e:00:00:fb 00:00:00:00:00:00',
    'std::string foo::bar cali:abc-def::x 300.1.1.1 ports 1-2-3',
    'Nov 20 12:47:55 [ 1713.241442] 2024-05-01T08:00:16Z nat:KUBE-SEP:rule:3 1.8.10 probability 0.33333333349',
  ])('%s stays', (raw) => {
    expect(new Pseudonyms().text(raw)).toBe(raw);
  });

  test('a host that is called as a table is replaced only where it is the host', () => {
    const pseudonyms = new Pseudonyms();
    expect(pseudonyms.host('nat')).toBe('host-1');
    expect(pseudonyms.text('nat:PREROUTING:rule:1')).toBe('nat:PREROUTING:rule:1');
  });
});

describe('records', () => {
  const at = { file: 'node1.log', line: 3, column: 42 };
  const line = 'Nov 20 12:47:55 node1 kernel: TRACE: SRC=10.0.0.7 ???';

  test('the caret stays where it was', () => {
    const redaction = new Redaction();
    const found = diagnostic('log.refused', { ...at, column: line.indexOf('?') + 1 }, {}, line, 3);
    redaction.meet(asRecord(found));
    const redacted = redaction.record(asRecord(found));
    expect(redacted.type === 'diagnostic' && redacted.diagnostic).toMatchObject({
      at: { file: 'host-1' },
      excerpt: { text: 'Nov 20 12:47:55 host-1 kernel: TRACE: SRC=ipv4-1 ???', length: 3 },
    });
    const excerpt = redacted.type === 'diagnostic' ? redacted.diagnostic.excerpt : null;
    expect(excerpt?.text.slice(excerpt.column - 1)).toBe('???');
    const one = step('filter:INPUT:policy:1', 'INPUT', { event: { packet: packet({ src: '10.0.0.7' }) } });
    const second = redaction.record({ type: 'walk', walk: walk([one], { host: 'node1' }) });
    expect(second.type === 'walk' && second.walk.packet.src.text).toBe('ipv4-1');
  });

  test('an address that an excerpt cuts is not left in half', () => {
    const text = `${'x'.repeat(200)} 10.20.30.40 ${'y'.repeat(200)}`;
    for (let column = 1; column < text.length; column++) {
      const found = diagnostic('log.refused', { ...at, column }, {}, text, 1);
      const record = JSON.stringify(new Redaction().record(asRecord(found)));
      expect(record).not.toMatch(/[0-9]\.[0-9]/);
      expect(record).not.toMatch(/20\.30|0\.30|20\.3/);
    }
  });

  function asRecord(found: ReturnType<typeof diagnostic>): AnalysisRecord {
    return { type: 'diagnostic', diagnostic: found };
  }
});

const SAMPLES = new URL('../../samples', import.meta.url).pathname;
const NAMES = readdirSync(SAMPLES).filter((name) => existsSync(join(SAMPLES, name, 'syslog.log')));
const KEPT = /^(?:127\.|0\.0\.0\.0$|22[4-9]\.|23\d\.|255\.255\.255\.255$|::1?$|ff)/;

describe.each(['denied-by-policy', 'docker-bridge', 'ipv6-web-server'])('sample %s', (name) => {
  const folder = join(SAMPLES, name);

  test.each(['text', 'report', 'markdown', 'html', 'ndjson', 'sarif', 'mermaid', 'perfetto'])(
    'names nobody in %s',
    async (format) => {
      const log = readFileSync(join(folder, 'syslog.log'), 'utf8');
      const secrets = new Set(
        [...log.matchAll(/(?:SRC|DST)=(\S+)/g)]
          .map(([, found = '']) => found)
          .filter((found) => !KEPT.test(found)),
      );
      for (const [, host = ''] of log.matchAll(/^\w{3} +\d+ [\d:]+ (\S+) kernel/gm)) secrets.add(host);
      for (const [, mac = ''] of log.matchAll(/MAC=(?:[0-9a-f]{2}:){6}((?:[0-9a-f]{2}:){5}[0-9a-f]{2})/g)) {
        secrets.add(mac);
      }
      expect(secrets.size).toBeGreaterThan(2);
      const { out } = await run([folder, '-q', '--redact', '--format', format], {});
      // The folder's path is the person's own; its name is not in the log.
      expect([...secrets].filter((secret) => out.includes(secret))).toEqual([]);
      if (format !== 'sarif' && format !== 'mermaid') expect(out).toMatch(/ipv[46]-\d/);
    },
  );
});

describe.each(NAMES)('sample %s', (name) => {
  const folder = join(SAMPLES, name);

  test('gives every address one name, and every name one address', async () => {
    const plain = await recordsOf([]);
    const redacted = await recordsOf(['--redact']);
    const there = new Map<string, string>();
    const back = new Map<string, string>();
    plain.forEach((record, i) => {
      for (const side of ['src', 'dst'] as const) {
        const from: string = record.packet[side];
        const to: string = redacted[i].packet[side];
        expect(there.get(from) ?? to).toBe(to);
        expect(back.get(to) ?? from).toBe(from);
        there.set(from, to);
        back.set(to, from);
      }
      expect(
        redacted[i].steps.map((each: { chain: string; rule: number }) => [each.chain, each.rule]),
      ).toEqual(record.steps.map((each: { chain: string; rule: number }) => [each.chain, each.rule]));
    });
  });

  async function recordsOf(args: readonly string[]) {
    const { out } = await run([folder, '-q', '--format', 'ndjson', ...args]);
    return out
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text))
      .filter((record) => record.type === 'walk');
  }
});
