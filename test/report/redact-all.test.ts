/**
 * Law of redaction: whatever hosts, addresses and link addresses an input holds, wherever they stand and however
 * late they are met, none of them is in any output of any command that redacts.
 */
import { createHash } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAddress } from '../../src/model/address.ts';
import { run } from '../make/stdio.ts';

const FORMATS = [
  'text',
  'report',
  'markdown',
  'html',
  'ndjson',
  'json',
  'junit',
  'sarif',
  'mermaid',
  'dot',
  'perfetto',
];

interface Secrets {
  /** The host of most lines, and one that only the last line names. */
  readonly hosts: readonly string[];
  readonly addresses: readonly string[];
  readonly six: readonly string[];
  readonly macs: readonly string[];
}

const host = fc
  .tuple(fc.stringMatching(/^q[a-z]{3,6}[0-9]{1,2}$/), fc.constantFrom('', '.corp.example', '-rack.7', '_x'))
  .map((parts) => parts.join(''));
const ipv4 = fc
  .tuple(fc.integer({ min: 11, max: 126 }), fc.nat(255), fc.nat(255), fc.nat(255))
  .map((bytes) => bytes.join('.'));
const ipv6 = fc
  .array(fc.integer({ min: 0x1000, max: 0xfffe }), { minLength: 6, maxLength: 6 })
  .map((groups) => parseAddress(`2001:db8:${groups.map((each) => each.toString(16)).join(':')}`)?.text ?? '');
const mac = fc
  .array(fc.integer({ min: 0x11, max: 0xfe }), { minLength: 5, maxLength: 5 })
  .map((bytes) => ['52', ...bytes.map((each) => each.toString(16))].join(':'));

const secrets: fc.Arbitrary<Secrets> = fc.record({
  hosts: fc.uniqueArray(host, { minLength: 3, maxLength: 3, selector: (name) => name.split(/[._-]/)[0] }),
  addresses: fc.uniqueArray(ipv4, { minLength: 6, maxLength: 6 }),
  six: fc.uniqueArray(ipv6, { minLength: 2, maxLength: 2 }),
  macs: fc.uniqueArray(mac, { minLength: 3, maxLength: 3 }),
});

/** A folder with a log, rules and context in which the secrets stand in every place that takes text. */
function writeInput(folder: string, { hosts, addresses, six, macs }: Secrets): void {
  const [first = '', late = '', foreign = ''] = hosts;
  const [a = '', b = '', c = '', d = '', e = '', f = ''] = addresses;
  const [x = '', y = ''] = six;
  const [m = '', n = '', o = ''] = macs;
  const full = (text: string): string => {
    const words = parseAddress(text)?.words ?? [];
    return words
      .map((word) =>
        word
          .toString(16)
          .padStart(8, '0')
          .replace(/^(.{4})/, '$1:'),
      )
      .join(':');
  };
  let second = 10;
  const line = (name: string, place: string, rest: string): string =>
    `Jun 22 12:47:${second++} ${name} kernel: [ 17${second}.241442] TRACE: ${place} ${rest}`;
  const tcp = (src: string, dst: string, id: number): string =>
    `IN=eth0 OUT= MAC=${m}:${n}:08:00 SRC=${src} DST=${dst} LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=${id} DF PROTO=TCP SPT=40000 DPT=80 SEQ=1 ACK=0 WINDOW=64240 RES=0x00 SYN URGP=0 `;
  const log = [
    `Jun 22 12:47:01 ${foreign} sshd[7]: Accepted publickey for ${c} port 2 from ${late}`,
    `Jun 22 12:47:02 ${first} kernel: [ 1700.1] TRACE: filter:INPUT:rule:1 IN=eth0 ${late} SRC=${d} DST=${a}:`,
    `Jun 22 12:47:03 ${first} kernel: [ 1700.2] TRACE: filter:${late}:rule:x ${o} ${e} ${'z'.repeat(300)} ${f}`,
    line(first, 'filter:INPUT:rule:1', tcp(a, b, 1)),
    line(first, `filter:${late}:rule:1`, tcp(a, b, 1)),
    line(first, 'filter:INPUT:rule:1', tcp(c, b, 2)),
    line(first, 'filter:INPUT:policy:4', tcp(c, b, 2)),
    line(
      first,
      'filter:INPUT:rule:2',
      `IN=eth0 OUT= MAC=${m}:${n}:86:dd SRC=${full(x)} DST=${full(y)} LEN=60 TC=0 HOPLIMIT=64 FLOWLBL=0 PROTO=UDP SPT=1 DPT=2 LEN=20 `,
    ),
    line(late, 'filter:INPUT:rule:1', tcp(d, b, 3)),
  ];
  const rules = [
    '*filter',
    ':INPUT DROP [0:0]',
    ':FORWARD ACCEPT [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    `:${late} - [0:0]`,
    `-A INPUT -p tcp -m comment --comment "to ${late} (${foreign}), ${e}:80 via ${o} ${x}" -j ${late}`,
    `-A INPUT -s ${f}/32 -m mac --mac-source ${o.toUpperCase()} -m set --match-set allow-${a} src -j ACCEPT`,
    `-A INPUT -m unheard --of ${late}.corp.example --and ${d} -j LOG --log-prefix "${late} ${y} "`,
    `-A ${late} -d ${c}/32 -j ACCEPT`,
    'COMMIT',
  ];
  const sets = [
    `create allow-${a} hash:ip family inet hashsize 1024 maxelem 65536`,
    `add allow-${a} ${d}`,
    `rubbish ${late} ${e}`,
  ];
  mkdirSync(folder);
  writeFileSync(join(folder, `${late}-${a}.log`), `${log.join('\n')}\n`);
  writeFileSync(join(folder, 'rules.save'), `${rules.join('\n')}\n`);
  writeFileSync(join(folder, 'ipset.save'), `${sets.join('\n')}\n`);
}

/** What must not be seen: hosts with a domain by their first label too. */
function namesOf({ hosts, addresses, six, macs }: Secrets): readonly string[] {
  return [...hosts.flatMap((name) => [name, name.split('.')[0] ?? '']), ...addresses, ...six, ...macs];
}

function leaks(out: string, found: Secrets): readonly string[] {
  const text = out.toLowerCase().replaceAll('\\', '');
  return namesOf(found).filter((name) => text.includes(name.toLowerCase()));
}

let base = '';
let count = 0;
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'redact-'));
});
afterAll(() => {
  rmSync(base, { recursive: true });
});
const nextFolder = (): string => join(base, `case${count++}`);

describe('nothing that must not be seen is in', () => {
  test.each(FORMATS)('an analysis as %s, of files and of standard input', async (format) => {
    await fc.assert(
      fc.asyncProperty(secrets, async (found) => {
        const folder = nextFolder();
        writeInput(folder, found);
        const told = ['report', 'markdown', 'html'].includes(format);
        const words = `${found.hosts[1]} ${found.addresses[0]} ${found.macs[2]}`;
        const more = told ? ['--title', words, '--notes', words] : [];
        const { out, code } = await run([folder, '--redact', '--all', '-f', format, ...more]);
        expect(leaks(out, found)).toEqual([]);
        expect(out.length).toBeGreaterThan(100);
        expect([0, 1]).toContain(code);
      }),
      { numRuns: 8 },
    );
  });

  test.each(['text', 'markdown', 'html', 'ndjson', 'json'])('a difference as %s', async (format) => {
    await fc.assert(
      fc.asyncProperty(secrets, secrets, async (one, other) => {
        const [a, b] = [nextFolder(), nextFolder()];
        writeInput(a, one);
        writeInput(b, { ...other, hosts: one.hosts });
        const { out } = await run(['diff', a, b, '--redact', '-f', format]);
        expect(leaks(out, one)).toEqual([]);
        expect(leaks(out, other)).toEqual([]);
        expect(out.length).toBeGreaterThan(100);
      }),
      { numRuns: 8 },
    );
  });

  test('what a store gives back', async () => {
    await fc.assert(
      fc.asyncProperty(secrets, async (found) => {
        const folder = nextFolder();
        writeInput(folder, found);
        const store = join(folder, 'x.db');
        await run([folder, '-q', '--store', store]);
        for (const command of [['show'], ['show', '-f', 'ndjson'], ['report', '-f', 'html']]) {
          const { out } = await run([...command, '--redact', '--from', store]);
          // A store does not keep the lines that are none of TRACE, nor so the hosts that only they name.
          expect(leaks(out, { ...found, hosts: found.hosts.slice(0, 2) })).toEqual([]);
          expect(out).toMatch(/ipv4-1/);
        }
      }),
      { numRuns: 4 },
    );
  });
});

test('standard input is read twice too, and its summary counts it once', async () => {
  const folder = nextFolder();
  const [found] = fc.sample(secrets, { numRuns: 1, seed: 1 });
  if (found === undefined) throw new Error('no sample');
  writeInput(folder, found);
  const name = readdirSync(folder).find((each) => each.endsWith('.log')) ?? '';
  const stdin = readFileSync(join(folder, name), 'utf8');
  const args = ['-', '--rules', join(folder, 'rules.save'), '--redact', '-f', 'html'];
  const { out } = await run(args, { stdin });
  expect(leaks(out, found)).toEqual([]);
  expect(out).toContain(createHash('sha256').update(stdin).digest('hex'));
});

test('a signal ends standard input, and what came until then is told, redacted and partial', async () => {
  const folder = nextFolder();
  const [found] = fc.sample(secrets, { numRuns: 1, seed: 2 });
  if (found === undefined) throw new Error('no sample');
  writeInput(folder, found);
  const name = readdirSync(folder).find((each) => each.endsWith('.log')) ?? '';
  const text = readFileSync(join(folder, name), 'utf8');
  const signals = new EventEmitter();
  async function* stdin(): AsyncGenerator<string> {
    yield text;
    setTimeout(() => signals.emit('signal', 'SIGINT'), 50);
    await new Promise(() => {});
  }
  const args = ['-', '--rules', join(folder, 'rules.save'), '--redact', '-f', 'ndjson'];
  const { out, code } = await run(args, { stdin: stdin(), signals });
  expect(code).toBe(130);
  expect(leaks(out, found)).toEqual([]);
  const records = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(records.at(-1)).toMatchObject({ type: 'summary', partial: true });
  expect(records.at(-1).walks).toBeGreaterThan(2);
});

test('words of ours as the name of a host change nothing that depends on them', async () => {
  const words =
    'routes sets connections no-route forwarded agrees chance rules state path src dst save 1 raw nat';
  const log = (name: string): string =>
    `Jun 22 12:47:10 ${name} kernel: [ 1.1] TRACE: filter:INPUT:policy:1 IN=eth0 OUT= SRC=10.1.2.3 DST=10.1.2.4 LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=1 PROTO=UDP SPT=1 DPT=2 LEN=40 ${' '.repeat(20 - name.length)}\n`;
  const folder = nextFolder();
  mkdirSync(folder);
  writeFileSync(
    join(folder, 'r.save'),
    '*filter\n:INPUT DROP [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n',
  );
  const told = async (name: string, format: string): Promise<string> => {
    const args = ['-', '--rules', join(folder, 'r.save'), '--redact', '-f', format];
    const { out, code } = await run(args, { stdin: log(name) });
    expect(code).toBe(0);
    return out.replace(/[0-9a-f]{64}/g, '');
  };
  for (const format of ['text', 'ndjson', 'markdown', 'perfetto']) {
    const expected = await told('qhost', format);
    for (const word of words.split(' ')) expect(await told(word, format)).toBe(expected);
  }
});
