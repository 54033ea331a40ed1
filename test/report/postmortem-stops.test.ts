/** Findings about packets that did not arrive: who they are, what they answer, what lets answers through, where it says so. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Result, run } from '../make/stdio.ts';

const ROUTER = new URL('../data/captures/router', import.meta.url).pathname;

/** The findings of a report, each with its lines. */
function findingsOf({ out }: Result): readonly string[] {
  const [, section = ''] = /\nFindings\n(.*?)\nFlows\n/s.exec(out) ?? [];
  return section
    .trim()
    .split(/\n(?=\d+\. )/)
    .map((each) => each.trim());
}

function only(found: readonly string[], words: string): string {
  const [one = '', ...more] = found.filter((each) => each.includes(words));
  expect(more).toEqual([]);
  return one;
}

describe('a router whose rules hold mistakes', () => {
  let report: readonly string[] = [];
  let all = '';
  beforeAll(async () => {
    const result = await run([ROUTER, '-q', '--format', 'report']);
    all = result.out;
    report = findingsOf(result);
  });

  test('names every kind of packet that a policy dropped, with its first one', () => {
    const lines = only(report, 'dropped by the policy of filter FORWARD').split('\n');
    expect(lines[0]).toMatch(
      /^1\. 6 packets of 5 kinds dropped by the policy of filter FORWARD \(\S*rules\.save:4\); first #11$/,
    );
    expect(lines.slice(1, 7).map((each) => each.trim().replace(/ {2,}/g, ' | '))).toEqual([
      'packets | from | to | first',
      '2 | TCP | 10.1.0.2 | 10.1.0.1:8080 → 10.2.0.2:8008 | #11',
      '1 | ICMP echo-reply | 10.2.0.2 | 10.1.0.2 | #27',
      '1 | UDP answer | 10.2.0.2:5353 | 10.1.0.2 | #29',
      '1 | UDP | 10.1.0.2 | 10.2.0.2:53 | #30',
      '1 | UDP | 10.1.0.2 | 10.9.0.5:53 | #31',
    ]);
  });

  test('says of answers what they answer, and which rule lets answers through but not these', () => {
    const found = only(report, 'dropped by the policy of filter FORWARD');
    expect(found).toContain('#27 answers #26, which was let through\n');
    expect(found).toContain('#29 answers #28, which was let through\n');
    expect(found).toMatch(
      /filter FORWARD:1 accepts answers, but not these: -A FORWARD -p tcp -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT {2}\(\S*rules\.save:11\)\n/,
    );
    expect(found).toContain('Look at: which of these packets are meant to pass');
  });

  test('names the one packet of a finding in its title', () => {
    expect(only(report, 'LAN2DMZ:3')).toMatch(
      /^\d+\. 1 packet dropped by filter LAN2DMZ:3: #13, TCP 10\.1\.0\.2 → 10\.2\.0\.2:443\n/,
    );
    expect(only(report, 'the policy of filter INPUT')).toContain('whether this packet is meant to pass');
  });

  test('knows what to look at where the context tells why a packet vanished', () => {
    expect(only(report, '#32')).toContain(
      'Look at: ip route get DESTINATION on this host: which route is missing',
    );
    expect(only(report, '#34')).toContain('Look at: the route (ip route show table all), and who set it');
    expect(only(report, '#36')).toContain('Look at: whether the sender means so low a TTL');
  });

  test('says where a policy stands', () => {
    expect(all).toMatch(/\n +6 +dropped +filter FORWARD policy +DROP {2}\(\S*rules\.save:4\)\n/);
  });

  test('draws the packet of the weightiest finding', async () => {
    const { out } = await run([ROUTER, '-q', '--format', 'markdown']);
    expect(out).toMatch(
      /## Main flow\n\nThe way of 1 packet like \[\S*#11`?\]\(#walk-11\), which shows the weightiest finding, 11 steps\.\n/,
    );
    expect(out).toContain('finish(["dropped by the policy of filter FORWARD"])');
  });

  test('lets no line of the log run out of an HTML page', async () => {
    const { out } = await run([ROUTER, '-q', '--format', 'html']);
    expect(out).toMatch(/<pre class="said"[^>]*>\S*trace\.log:71 /);
    expect(out).toMatch(/\.said\{white-space:pre-wrap/);
  });

  describe('without its rule for answers', () => {
    let folder = '';
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'stops-'));
    });
    afterAll(() => {
      rmSync(folder, { recursive: true });
    });

    test('says that none lets answers through', async () => {
      const lines = readFileSync(join(ROUTER, 'trace.log'), 'utf8').split('\n');
      const rules = readFileSync(join(ROUTER, 'rules.save'), 'utf8');
      // An echo request that LAN2DMZ:6 accepts, and its reply, which the policy drops: 26 and 27.
      const ping = /ID=77 /;
      writeFileSync(join(folder, 'trace.log'), `${lines.filter((each) => ping.test(each)).join('\n')}\n`);
      writeFileSync(
        join(folder, 'rules.save'),
        rules.replace(
          '-p tcp -m conntrack --ctstate RELATED,ESTABLISHED',
          '-p tcp -m conntrack --ctstate NEW',
        ),
      );
      const [found = ''] = findingsOf(await run([folder, '-q', '--format', 'report']));
      expect(found).toContain(
        'no rule of filter FORWARD accepts answers, as -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT does\n',
      );
      expect(found).toContain(
        'Look at: a rule of FORWARD that accepts answers, whatever their protocol, before its policy',
      );
    });
  });
});
