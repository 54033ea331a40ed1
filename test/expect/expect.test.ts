/** Expectation files, run as a person runs them: what is met, unmet and undecided, and what is wrong with a file. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { expectationsJsonSchema } from '../../src/expect/schema.ts';
import { run } from '../make/stdio.ts';

const CAPTURES = new URL('../data/captures/', import.meta.url).pathname;
const SERVICE = join(CAPTURES, 'service');
const KUBE = ['-r', join(SERVICE, 'rules.save'), '-c', SERVICE];
const DOCKER = ['-r', join(CAPTURES, 'docker-bridge/rules.save'), '-c', join(CAPTURES, 'docker-bridge')];

const POD =
  '{in: cali84b7d149337, src: 10.200.77.209, dst: 10.32.0.139, protocol: tcp, dport: 80, flags: [SYN]}';
const NODEPORT =
  '{in: eth0, src: 192.168.50.2, dst: 192.168.50.1, protocol: tcp, sport: 41000, dport: 30080, flags: [SYN]}';
const OUTWARD = 'in=cni0 src=10.244.1.2 sport=3000 dst=192.168.50.2 dport=443 proto=tcp flags=syn';
const APART = 'in=cni0 src=10.244.1.2 dst=172.18.0.2 proto=icmp icmpType=8 icmpCode=0';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'expect-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function fileOf(text: string): string {
  const path = join(folder, 'suite.yaml');
  writeFileSync(path, text);
  return path;
}

function suite(packet: string, expected: string, more = ''): string {
  return fileOf(`cases:\n  - name: it\n    packet: ${packet}\n${more}    expect: ${expected}\n`);
}

async function statusOf(path: string, host: readonly string[]): Promise<[string, number]> {
  const { out, code } = await run(['expect', path, ...host, '-f', 'ndjson', '-q']);
  return [JSON.parse(out.split('\n')[0] ?? '').status, code];
}

describe('against the rules', () => {
  test.each([
    // A service: two endpoints by chance.
    [POD, '{disposition: forwarded}', KUBE, 'met'],
    [POD, '{disposition: [dropped, forwarded]}', KUBE, 'met'],
    [POD, '{disposition: dropped}', KUBE, 'unmet'],
    [POD, '{endpoints: [10.200.77.216:80, 10.200.77.220:80]}', KUBE, 'met'],
    [POD, '{endpoints: [10.200.77.220, 10.200.77.216]}', KUBE, 'met'],
    [POD, '{endpoints: [10.200.77.216:80]}', KUBE, 'unmet'],
    [POD, '{endpoints: [10.200.77.216:80, 10.200.77.220:80, 10.200.77.221:80]}', KUBE, 'unmet'],
    [POD, '{final: {dst: 10.200.77.216}}', KUBE, 'unmet'],
    [POD, '{final: {dst: 10.200.77.0/24, dport: 80, out: cali+}}', KUBE, 'met'],
    [POD, '{passes: nat:KUBE-SERVICES}', KUBE, 'met'],
    [POD, '{passes: [KUBE-SERVICES, "nat:KUBE-SERVICES:2"]}', KUBE, 'met'],
    [POD, '{passes: "nat:KUBE-SERVICES:1"}', KUBE, 'unmet'],
    [POD, '{passes: raw:cali-PREROUTING}', KUBE, 'met'],
    [POD, '{never: nat:KUBE-MARK-MASQ}', KUBE, 'met'],
    [POD, '{never: nat:KUBE-SEP-G4F2UA2BLTY63GRP}', KUBE, 'unmet'],
    // Before TRACE is switched on, too.
    [POD, '{never: "raw:PREROUTING:1"}', KUBE, 'unmet'],
    [POD, '{masquerade: false, final: {src: 10.200.77.209}}', KUBE, 'met'],
    [NODEPORT, '{masquerade: true, mark: 0x4000/0x4000}', KUBE, 'met'],
    [NODEPORT, '{masquerade: true, mark: 0x4000}', KUBE, 'unmet'],
    [NODEPORT, '{masquerade: false}', KUBE, 'unmet'],
    [POD, '{by: null}', KUBE, 'met'],
    [APART, '{disposition: dropped, by: filter:DOCKER-ISOLATION-STAGE-2}', DOCKER, 'met'],
    [APART, '{by: filter:DOCKER-ISOLATION-STAGE-2:2}', DOCKER, 'met'],
    [APART, '{by: filter:DOCKER-ISOLATION-STAGE-2:1}', DOCKER, 'unmet'],
    [APART, '{by: null}', DOCKER, 'unmet'],
    // Nobody saved the connections: a case stands before an empty table.
    [OUTWARD, '{masquerade: true, final: {src: 192.168.50.1, sport: 3000}}', DOCKER, 'met'],
    // Without context: where it goes is open, what the rules alone say is not.
    [POD, '{disposition: forwarded}', KUBE.slice(0, 2), 'undecided'],
    [POD, '{passes: nat:KUBE-SERVICES}', KUBE.slice(0, 2), 'met'],
    // A table that was not given says nothing.
    [POD, '{never: nat:KUBE-SERVICES}', ['-r', join(SERVICE, 'rules.filter.list')], 'undecided'],
    // A field that nobody gave.
    [
      'in=eth0 src=192.168.50.2 dst=10.244.1.2 proto=tcp flags=syn',
      '{disposition: dropped}',
      DOCKER,
      'undecided',
    ],
  ])('%s %s', async (packet, expected, host, status) => {
    expect(await statusOf(suite(packet, expected), host)).toEqual([status, status === 'met' ? 0 : 1]);
  });

  test('packets before it go through the same connection table', async () => {
    const reply = 'in=eth0 src=192.168.50.2 sport=443 dst=192.168.50.1 dport=3000 proto=tcp flags=syn,ack';
    const expected = '{disposition: forwarded, final: {dst: 10.244.1.2}}';
    const before = `    before: ["${OUTWARD}"]\n`;
    expect(await statusOf(suite(reply, expected, before), DOCKER)).toEqual(['met', 0]);
    expect(await statusOf(suite(reply, expected), DOCKER)).toEqual(['unmet', 1]);
  });

  test('says what is there instead, by which rule, and what would decide', async () => {
    const { out } = await run(['expect', suite(APART, '{disposition: forwarded}'), ...DOCKER, '-q']);
    expect(out).toContain('✗ unmet  it');
    expect(out).toContain('    it is dropped by filter:DOCKER-ISOLATION-STAGE-2:2\n');
    expect(out).toMatch(/-A DOCKER-ISOLATION-STAGE-2 -o br-5f2c9a1b7e3d -j DROP {2}\(.*rules\.save:25\)/);
    const open = await run(['expect', suite(POD, '{disposition: forwarded}'), ...KUBE.slice(0, 2), '-q']);
    expect(open.out).toContain('? undecided  it');
    expect(open.out).toMatch(/What would tell more\n.*\n.*ip-route\.txt/);
  });

  const UNPUBLISHED = 'in=eth0 src=192.168.50.2 dst=192.168.50.1 dport=8081 proto=tcp flags=syn';
  const INWARD = 'in=br-5f2c9a1b7e3d src=172.18.0.2 dst=10.244.1.2 dport=80 proto=tcp flags=syn';
  const NO_SERVICE = POD.replace('10.32.0.139', '10.32.0.140');

  test.each([
    [
      'the condition that said no, with what the packet has',
      UNPUBLISHED,
      'passes: "nat:DOCKER:3"',
      DOCKER,
      /nat:DOCKER:3 does not match: -m tcp --dport 8080 \(the packet has destination port 8081\)\n +-A DOCKER ! -i cni0 .*rules\.save:44\)/,
    ],
    [
      'the rule that leads away before it',
      INWARD,
      'passes: "filter:FORWARD:9"',
      DOCKER,
      /filter:FORWARD:9 is not reached: filter FORWARD:2 leaves FORWARD before it\n +-A FORWARD -j DOCKER-ISOLATION-STAGE-1 /,
    ],
    [
      'the rule that would have called the chain, and the hook that is not passed',
      INWARD,
      'passes: nat:DOCKER',
      DOCKER,
      /nat:PREROUTING:1 does not match: -m addrtype --dst-type LOCAL .*\n.*\n +it does not pass nat OUTPUT/,
    ],
    [
      'callers far up',
      NO_SERVICE,
      'passes: nat:KUBE-SVC-2CMXP7HKUVJN7L6M',
      KUBE,
      /nat:KUBE-SERVICES:2 does not match: -d 10\.32\.0\.139\/32 \(the packet has 10\.32\.0\.140\)/,
    ],
    [
      'what was to stop it',
      INWARD,
      'by: "filter:DOCKER-ISOLATION-STAGE-2:2"',
      DOCKER,
      /filter:DOCKER-ISOLATION-STAGE-2:2 is not reached: filter DOCKER-ISOLATION-STAGE-2:1 leaves/,
    ],
    [
      'a table that is not met',
      INWARD,
      'passes: nat:POSTROUTING',
      DOCKER,
      /it does not pass nat POSTROUTING/,
    ],
  ])('why it does not come there: %s', async (_, packet, expected, host, reason) => {
    const path = suite(packet, `{${expected}}`);
    expect((await run(['expect', path, ...host, '-q'])).out).toMatch(reason);
    const { out } = await run(['expect', path, ...host, '-q', '-f', 'ndjson']);
    const [{ whyNot }] = JSON.parse(out.split('\n')[0] ?? '').expectations;
    expect(whyNot[0].rule).toMatch(/^(?:nat|filter):/);
    const sarif = await run(['expect', path, ...host, '-q', '-f', 'sarif']);
    expect(JSON.parse(sarif.out).runs[0].results[0].message.text).toMatch(
      /does not match|not reached|does not pass/,
    );
  });

  test('what is met asks nothing', async () => {
    const { out } = await run([
      'expect',
      suite(POD, '{passes: nat:KUBE-SERVICES}'),
      ...KUBE,
      '-f',
      'ndjson',
      '-q',
    ]);
    expect(out).not.toContain('whyNot');
  });

  test.each([
    ['rules.save', 'these are rules (iptables-save), which --rules takes'],
    ['rules.list', 'these are rules (iptables -L), which --rules takes'],
    ['trace.log', 'this is a kernel log, which --log takes'],
    ['ip-route.txt', 'this is saved context, which --context takes'],
  ])('%s for an expectation file: what it is, once', async (name, what) => {
    const { err, code } = await run(['expect', join(SERVICE, name), ...KUBE]);
    expect(err.match(/error: .*/g)).toEqual([`error: not an expectation file: ${what}`]);
    expect(code).toBe(2);
  });

  test('YAML that is none is told as before', async () => {
    const { err } = await run(['expect', fileOf('cases: [\n'), ...KUBE]);
    expect(err).toMatch(/error: not YAML: /);
  });

  test('a chain that the rules do not have is said', async () => {
    const { err, code } = await run(['expect', suite(POD, '{never: nat:KUBE-MARK-MASK}'), ...KUBE]);
    expect(err).toMatch(/suite\.yaml:4: warning: the rules given have no chain KUBE-MARK-MASK in table nat/);
    expect(code).toBe(0);
  });
});

describe('against a log', () => {
  const LOG = ['-l', join(SERVICE, 'trace.log')];

  test.each([
    [POD, '{endpoints: [10.200.77.216:80, 10.200.77.220:80]}', 'met', 40],
    [POD, '{passes: nat:KUBE-SERVICES, never: nat:KUBE-MARK-MASQ, disposition: forwarded}', 'met', 40],
    [NODEPORT, '{masquerade: true}', 'met', 0],
  ])('%s %s', async (packet, expected, status, packets) => {
    const { out } = await run(['expect', suite(packet, expected), ...KUBE, ...LOG, '-f', 'ndjson', '-q']);
    expect(JSON.parse(out.split('\n')[0] ?? '')).toMatchObject({ status, packets });
  });

  test('times of the log are read as the analysis reads them', async () => {
    const path = suite(POD, '{disposition: forwarded}');
    const wrong = await run(['expect', path, ...KUBE, ...LOG, '--timezone', 'Mars']);
    expect(wrong.code).toBe(2);
    expect(wrong.err).toContain('no time zone Mars');
    const args = ['expect', path, ...KUBE, ...LOG, '--year', '2024', '--timezone', 'Europe/Berlin', '-q'];
    expect((await run(args)).code).toBe(0);
  });

  test('an observed packet that does otherwise makes a case unmet, whatever the rules say', async () => {
    // These rules have another Service at the address: the prediction is met, the log is not.
    const rules = join(folder, 'other.save');
    const text = readFileSync(join(SERVICE, 'rules.save'), 'utf8');
    writeFileSync(rules, text.replaceAll('10.200.77.216:80', '10.200.77.220:80'));
    const path = suite(POD, '{endpoints: [10.200.77.220:80]}');
    const { out, code } = await run(['expect', path, '-r', rules, '-c', SERVICE, ...LOG, '-q']);
    expect(code).toBe(1);
    expect(out).toMatch(
      /packet #1 \(.*trace\.log:1\), one of 18 of 40 packets: is sent to 10\.200\.77\.216:80/,
    );
    expect(out).not.toContain('on every way');
  });
});

describe('a file with an error is refused, at its place', () => {
  test.each([
    ['cases:\n  - name: x\n   packet: [', /suite\.yaml:3:1: error: not YAML: /],
    ['', /suite\.yaml:1:1: error: cases is missing/],
    ['cases: []', /suite\.yaml:1:1: error: expected a list of cases/],
    [
      `cases:\n  - name: a\n    packet: ${POD}\n    expect: {disposition: forwrded}`,
      /:4:27: error: expected one of forwarded/,
    ],
    [`cases:\n  - name: a\n    packet: ${POD}\n    expct: {}`, /:4:5: error: there is no such field: expct/],
    [`cases:\n  - name: a\n    packet: ${POD}\n    expect: {}`, /:4:5: error: a case expects something/],
    [`cases:\n  - name: a\n    packet: ${POD}\n    expect: {mark: red}`, /:4:20: error: expected a mark/],
    [
      `cases:\n  - name: a\n    packet: ${POD}\n    expect: {final: {dst: [10.0.0.1, x]}}`,
      /error: expected an address/,
    ],
    [`cases:\n  - name: a\n    packet: ${POD}\n    expect: {endpoints: ["10.0.0.1:70000"]}`, /:4:26: error/],
    [
      'cases:\n  - name: a\n    packet: {src: 10.0.0.1, dts: 10.0.0.2}\n    expect: {by: null}',
      /:3:29: error: there is no such field: dts/,
    ],
    [
      'cases:\n  - name: a\n    packet: {src: 10.0.0.999, dst: 10.0.0.2}\n    expect: {by: null}',
      /:3:19: error: src is to be/,
    ],
    ['cases:\n  - name: a\n    packet: hello\n    expect: {by: null}', /:3:13: error/],
    ['a: &a [x, x]\nb: &b [*a, *a]\ncases: &c\n  - *c', /error/],
  ])('%j', async (text, said) => {
    const { err, out, code } = await run(['expect', fileOf(text), ...KUBE]);
    expect(err).toMatch(said);
    expect([out, code]).toEqual(['', 2]);
  });

  test('no text makes it throw', async () => {
    const words = fc.constantFrom(
      'cases:',
      '\n',
      '  ',
      '- ',
      'name: ',
      'packet: ',
      '{',
      '}',
      '[',
      ']',
      '*a',
      '&a ',
      '!!set',
      '"',
      "'",
      '|',
      '\0',
      'in: x',
      'expect: ',
      'final: ',
      'dst: 1',
      '<<: ',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(words, { maxLength: 30 }), async (parts) => {
        const { code } = await run(['expect', fileOf(parts.join('')), ...DOCKER.slice(0, 2), '-q']);
        expect(code).toBe(2);
      }),
      { numRuns: 60 },
    );
  });
});

describe('forms', () => {
  const HOSTILE = '<b>&"]]>\\u001b[31m[x](y) {0} |`';

  test.each(['text', 'ndjson', 'junit', 'sarif'])('%s is inert', async (format) => {
    const path = fileOf(
      `cases:\n  - name: "${HOSTILE.replaceAll('"', '\\"')}"\n    packet: ${APART}\n    expect: {disposition: sent}\n`,
    );
    const { out, code } = await run(['expect', path, ...DOCKER, '-q', '-f', format]);
    expect(code).toBe(1);
    expect(out).not.toMatch(/[^\P{C}\n]/u);
    if (format === 'junit')
      expect(out).toContain('name="&lt;b&gt;&amp;&quot;]]&gt;\\x1b[31m[x](y) {0} |&#96;"');
    if (format === 'sarif') {
      const [result] = JSON.parse(out).runs[0].results;
      expect(result.message.text).toContain('\\[x\\](y) {{0}} |`');
      expect(result.locations[0].physicalLocation.region.startLine).toBe(25);
    }
  });

  test('the schema for editors takes a good file and refuses a bad one', () => {
    const schema = z.fromJSONSchema(expectationsJsonSchema() as Parameters<typeof z.fromJSONSchema>[0]);
    const text = `cases:\n  - name: a\n    packet: ${POD}\n    expect: {by: null, final: {dport: [80, 90-99]}}`;
    expect(schema.safeParse(parse(text)).success).toBe(true);
    expect(schema.safeParse(parse(text.replace('by:', 'from:'))).success).toBe(false);
  });
});
