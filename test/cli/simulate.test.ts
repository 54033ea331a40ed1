/**
 * `trace-analyze simulate` run in-process: what it reads, predicts, says and ends with. That predictions are
 * the kernel's paths is judged where walks of captures go in as packets and their own steps must come out.
 */
import { EventEmitter } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  predictionSchema,
  simulationRecordSchema,
  simulationSchema,
} from '../../src/report/prediction-schema.ts';
import { walkSchema } from '../../src/report/schema.ts';
import { run, type Setting } from '../make/stdio.ts';

const CAPTURES = new URL('../data/captures/', import.meta.url).pathname;
const SERVICE = join(CAPTURES, 'service');
const HOST = ['--rules', join(SERVICE, 'rules.save'), '--context', SERVICE];
const SYN = 'in=cali84b7d149337 src=10.200.77.209 dst=10.32.0.139 proto=tcp sport=40000 dport=80 flags=syn';
const DIRECT = 'in=cali84b7d149337 src=10.200.77.209 dst=10.200.77.216 proto=tcp sport=4 dport=80 flags=syn';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'simulate-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const simulate = (args: readonly string[], setting: Setting = {}) => run(['simulate', ...args], setting);

function linesOf(text: string): unknown[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

function predictionsIn(text: string) {
  return linesOf(text).flatMap((object) => {
    const record = simulationRecordSchema.parse(object);
    return record.type === 'prediction' ? [predictionSchema.parse(record)] : [];
  });
}

async function rulesFile(lines: readonly string[]): Promise<string> {
  const file = join(folder, 'rules.save');
  writeFileSync(file, `*filter\n:INPUT ACCEPT\n:FORWARD DROP\n:OUTPUT ACCEPT\n${lines.join('\n')}\nCOMMIT\n`);
  return file;
}

describe('walks of a log go in as packets, their own steps come out', () => {
  test.each(['pod-to-pod', 'service', 'nodeport', 'denied', 'docker-bridge', 'ipip-ping/node1'])(
    '%s',
    async (name) => {
      const capture = join(CAPTURES, name);
      const host = ['--rules', join(capture, 'rules.save'), '--context', capture];
      const log = await run([join(capture, 'trace.log'), ...host, '-q', '-f', 'ndjson']);
      const walks = linesOf(log.out)
        .flatMap((object) => walkSchema.safeParse(object).data ?? [])
        .sort((a, b) => a.n - b.n);
      // What stood before TRACE may have set the mark that a first line shows; a fresh packet has none.
      const packets = walks.map(({ n, packet }) => ({
        ...packet,
        n,
        mark: packet.in === null ? packet.mark : 0,
      }));
      const { code, out, err } = await simulate([...host, '-q', '-f', 'ndjson', '--packets', '-'], {
        stdin: packets.map((packet) => JSON.stringify(packet)).join('\n'),
      });
      expect([code, err]).toEqual([0, '']);
      const predictions = predictionsIn(out);
      expect(predictions.map(({ n }) => n)).toEqual(walks.map(({ n }) => n));
      const wrong = walks.filter(({ steps, disposition }, i) => {
        const wanted = steps
          .map(({ table, chain, type, rule }) => `${table}:${chain}:${type}:${rule}`)
          .join();
        return !predictions[i]?.paths.some(
          (path) => path.steps.join() === wanted && path.disposition === disposition,
        );
      });
      expect(wrong.map(({ n }) => n)).toEqual([]);
      expect(walks.length).toBeGreaterThan(5);
    },
  );
});

describe('what it tells', () => {
  test('a way with the rules’ own text, what each changes, and the end', async () => {
    const { code, out, err } = await simulate([...HOST, '-q', '--packet', DIRECT]);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(
      /^#0 {2}10\.200\.77\.209:4 → 10\.200\.77\.216:80 {2}TCP SYN from cali84b7d149337: forwarded cali84b7d149337 → cali5cb173fd42f\n/,
    );
    expect(out).toContain('  at the end 10.200.77.209:4 → 10.200.77.216:80, mark 0x10000\n');
    expect(out).toContain('  certain: nothing had to be assumed\n');
    expect(out).toMatch(
      /cali-PREROUTING:2 .*-i cali\+ .* -j MARK --set-xmark 0x40000\/0x40000\n.*↳ mark 0x0 → 0x40000\n/,
    );
    expect(out).toMatch(/\n +\d+ +POSTROUTING +policy ACCEPT\n/);
  });

  test('ways with their chance; what the first told already is not told again', async () => {
    const { out } = await simulate([...HOST, '-q', '--packet', SYN]);
    expect(out).toMatch(/1 +50 % +forwarded to 10\.200\.77\.216:80, .*, if statistic random matched/);
    expect(out).toMatch(/2 +50 % +forwarded to 10\.200\.77\.220:80, .*, if statistic random did not match/);
    expect(out).toContain('↳ dst 10.32.0.139:80 → 10.200.77.220:80 by DNAT\n');
    expect(out).toContain('the same as way 1 up to step 16\n');
    expect(out.match(/PREROUTING raw\n/g)).toHaveLength(1);
    expect(out).toMatch(/POSTROUTING nat\n +steps 42–50, as on way 1\n/);
    const all = await simulate([...HOST, '-q', '--all', '--packet', SYN, '--packet', SYN]);
    expect(all.out).not.toContain('the same way as');
  });

  test('ways that end alike are one line; what was not said of the packet is named', async () => {
    const rules = await rulesFile([
      '-A FORWARD -p tcp -m conntrack --ctstate INVALID -m tcp --dport 81 -j DROP',
      '-A FORWARD -m limit --limit 3/min -j LOG',
      '-A FORWARD -j ACCEPT',
    ]);
    const packet = DIRECT.replace('dport=80 flags=syn', 'dport=81');
    const args = ['--rules', rules, '--context', SERVICE, '-q', '--packet'];
    const { out } = await simulate([...args, packet]);
    expect(out).toMatch(/: 3 ways\n +hangs on what was not said of the packet: flags=syn\n/);
    expect(out).toMatch(
      /\n *1, 3 +forwarded .*, by 2 ways\n *2 +dropped by filter FORWARD:1, if the packet's TCP flags open no connection\n--all tells every way\n/,
    );
    expect(out.match(/way \d+: /g)).toEqual(['way 1: ', 'way 2: ']);
    const all = await simulate([...args, packet, '--all']);
    expect(all.out.match(/way \d+: /g)).toHaveLength(3);
    const alike = await simulate([...args, packet.replace('dport=81', 'dport=80')]);
    expect(alike.out).toMatch(/: forwarded .*, by \d ways\n/);
    expect(alike.out).not.toContain('how it ends');
    const icmp = await simulate([
      ...args,
      'in=cali84b7d149337 src=10.200.77.209 dst=10.200.77.216 proto=icmp',
    ]);
    expect(icmp.out).toContain('hangs on what was not said of the packet: icmpType=8\n');
  });

  test('why not: an ICMP connection is told by type and id', async () => {
    const rules = await rulesFile(['-A FORWARD -p tcp -m conntrack --ctstate ESTABLISHED -j ACCEPT']);
    const ends = ['src=10.200.77.209 dst=10.200.77.216', 'src=10.200.77.216 dst=10.200.77.209'];
    const { out } = await simulate([
      '--rules',
      rules,
      '--context',
      SERVICE,
      '-q',
      '--packet',
      `in=cali84b7d149337 ${ends[0]} proto=icmp icmpType=8 icmpCode=0 icmpId=77`,
      '--packet',
      `in=cali5cb173fd42f ${ends[1]} proto=icmp icmpType=0 icmpCode=0 icmpId=77`,
      '--why-not',
      'filter:FORWARD:1',
    ]);
    expect(out).toContain('NEW, ORIGINAL of 10.200.77.209 to 10.200.77.216, icmp echo-request id 77\n');
  });

  test('a drop with its rule, a packet that does not come home with the reason', async () => {
    const rules = await rulesFile(['-A INPUT -p udp -m udp --dport 53 -j DROP']);
    const host = ['--rules', rules, '--context', SERVICE, '-q'];
    const dropped = await simulate([
      ...host,
      '-p',
      'in=eth0 src=192.168.50.9 dst=192.168.50.1 proto=udp dport=53',
    ]);
    expect(dropped.out).toContain(': dropped by filter INPUT:1\n');
    expect(dropped.out).toContain(
      `filter INPUT:1 is -A INPUT -p udp -m udp --dport 53 -j DROP  (${rules}:5)\n`,
    );
    expect(dropped.out).toMatch(/▶ INPUT:1/);
    const policy = await simulate([
      ...host,
      '-p',
      'in=eth0 src=192.168.50.9 dst=10.200.77.216 proto=udp dport=53',
    ]);
    expect(policy.out).toContain(': dropped by the policy of filter FORWARD\n');
    const old = await simulate([...host, '-p', 'in=eth0 src=192.168.50.9 dst=10.200.77.216 ttl=1 proto=udp']);
    expect(old.out).toContain(': its TTL ran out\n');
    expect(
      (await simulate([...host, '-p', 'in=eth0 src=192.168.50.9 dst=10.200.77.216 ttl=1 proto=udp'])).code,
    ).toBe(0);
  });

  test('packets one after another: the second finds the connection of the first', async () => {
    const rules = await rulesFile([
      '-A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT',
      '-A FORWARD -i eth0 -p tcp --dport 80 -m conntrack --ctstate NEW -j ACCEPT',
    ]);
    const there = 'in=eth0 src=192.168.50.9 dst=10.200.77.216 proto=tcp sport=9 dport=80 flags=syn';
    const back =
      'in=cali5cb173fd42f src=10.200.77.216 dst=192.168.50.9 proto=tcp sport=80 dport=9 flags=syn,ack';
    const host = ['-q', '-f', 'ndjson', '--rules', rules, '--context', SERVICE];
    const by = async (...packets: string[]) =>
      predictionsIn((await simulate([...host, ...packets.flatMap((packet) => ['-p', packet])])).out).map(
        ({ paths }) => [paths.length, paths[0]?.disposition, paths[0]?.steps.at(-1)],
      );
    expect(await by(there, back)).toEqual([
      [1, 'forwarded', 'filter:FORWARD:rule:2'],
      [1, 'forwarded', 'filter:FORWARD:rule:1'],
    ]);
    expect(await by(back)).toEqual([[1, 'dropped', 'filter:FORWARD:policy:3']]);
  });

  test('the same way again is named, the packets are counted', async () => {
    const { out } = await simulate([...HOST, '-q', '-p', DIRECT, '-p', DIRECT.replace('sport=4', 'sport=5')]);
    expect(out).toMatch(/#1 .*\n.*\n +goes the same way as #0, step for step\n/);
    expect(out).toContain('\n2 packets: 2 forwarded\n');
  });

  test('what was not given is named, with the command that makes it', async () => {
    const { out } = await simulate(['--rules', join(SERVICE, 'rules.save'), '-q', '--packet', SYN]);
    expect(out).toMatch(/\d+ ways\n +hangs on what was not given: ip-route\.txt/);
    expect(out).toMatch(/ipset\.save +what is in the sets +ipset save > ipset\.save\n/);
    expect(out).toContain('sysctl -a > sysctl.txt');
    const { out: json } = await simulate([
      '-r',
      join(SERVICE, 'rules.save'),
      '-q',
      '-p',
      SYN,
      '-f',
      'ndjson',
    ]);
    const [prediction] = predictionsIn(json);
    expect(prediction?.paths.flatMap(({ missingContext }) => missingContext)).toContainEqual({
      file: 'ipset.save',
      command: 'ipset save > ipset.save',
    });
    expect(prediction?.paths.flatMap(({ assumptions }) => assumptions)).toContainEqual(
      expect.objectContaining({ kind: 'set', settledBy: 'ipset.save' }),
    );
  });

  test('a table that a listing leaves out is not taken for an empty one in silence', async () => {
    const { out } = await simulate([
      '-q',
      '-r',
      join(SERVICE, 'rules.filter.list'),
      '-c',
      SERVICE,
      '-p',
      DIRECT,
    ]);
    expect(out).toContain('not given: tables raw, mangle, nat, taken as if nothing happened there\n');
    expect(out).not.toContain('certain');
  });

  test('no more ways than asked for, and that is said', async () => {
    const few = await simulate([
      ...HOST,
      '-q',
      '--branches',
      '2',
      '-p',
      'in=eth0 src=192.168.50.9 dst=10.32.0.139',
    ]);
    expect(few.out).toContain('more than 2 ways');
    const { out } = await simulate([...HOST, '-q', '--branches', '1', '-p', SYN, '-f', 'ndjson']);
    expect(predictionsIn(out)).toMatchObject([{ more: true, paths: [{ probability: 0.5 }] }]);
  });
});

describe('--why-not', () => {
  const ask = async (rule: string, packet = SYN) =>
    (await simulate([...HOST, '-q', '-p', packet, '--why-not', rule])).out;

  test('of a packet that vanishes before the rule', async () => {
    const martian =
      'in=cali84b7d149337 src=127.0.0.1 dst=10.32.0.139 proto=tcp sport=4000 dport=80 flags=syn';
    expect(await ask('filter:FORWARD:1', martian)).toContain('filter; it vanished after PREROUTING nat: ');
  });

  test.each([
    // It was looked at: each condition with what the packet has.
    [
      'nat:KUBE-SERVICES:1',
      /it does not match\n.*\n {2}no +! -s 10\.200\.0\.0\/16 +10\.200\.77\.209\n {2}yes +-d 10\.32\.0\.139\/32 +10\.32\.0\.139\n/,
    ],
    ['nat:KUBE-SERVICES:2', /looked at in PREROUTING: it does match\n/],
    // It left before; what the rule would have said, of the packet as it was there: not yet translated.
    [
      'nat:KUBE-SERVICES:4',
      /leaves KUBE-SERVICES before it, by nat KUBE-SERVICES:2 .*\n.*would not have matched either:\n.*\n {2}no +-d 10\.32\.0\.2\/32 +10\.32\.0\.139\n {2}no +-p udp +tcp\n {2}no +-m udp --dport 53 +destination port 80\n/,
    ],
    [
      'filter:FORWARD:2',
      /leaves FORWARD before it, by filter FORWARD:1 .*, which comes to its end by filter cali-FORWARD:6 .*-j ACCEPT\n/,
    ],
    // Nothing called its chain: the caller that came nearest, first.
    [
      'nat:KUBE-MARK-MASQ:1',
      /nothing calls KUBE-MARK-MASQ\n {2}↑ nat KUBE-SERVICES:1 would call KUBE-MARK-MASQ: .*\n {2}looked at in PREROUTING: it does not match\n/,
    ],
    ['filter:INPUT:1', /does not pass INPUT, but PREROUTING, FORWARD, POSTROUTING; it is forwarded/],
    [
      'nat:KUBE-SVC-2CMXP7HKUVJN7L6M:1',
      /nobody can tell whether it matches\n.*\n {2}unknown +-m statistic .* it is drawn at random\n/,
    ],
    [
      'nat:KUBE-SEP-LU2CAWSEIQODCFLQ:2',
      /on way 1: nothing calls KUBE-SEP-LU2CAWSEIQODCFLQ\n[\s\S]*on way 2: looked at in PREROUTING: it does match\n/,
    ],
  ] as const)('%s', async (rule, said) => {
    expect(await ask(rule)).toMatch(said);
  });

  test('nat is not for the later packets of a connection', async () => {
    const back =
      'in=cali5cb173fd42f src=10.200.77.216 dst=10.200.77.209 proto=tcp sport=80 dport=4 flags=syn,ack';
    const { out } = await simulate([
      ...HOST,
      '-q',
      '-p',
      DIRECT,
      '-p',
      back,
      '--why-not',
      'nat:KUBE-SERVICES:1',
    ]);
    expect(out).toMatch(/#1[\s\S]*does not meet table nat, which only the first packet of a connection does/);
  });

  test('the steps stay out of the way of the answer, unless --all asks for them', async () => {
    expect(await ask('nat:KUBE-SERVICES:1')).not.toContain('PREROUTING raw');
    const { out } = await simulate([...HOST, '-q', '-a', '-p', SYN, '--why-not', 'nat:KUBE-SERVICES:1']);
    expect(out).toContain('PREROUTING raw');
  });

  test('for machines', async () => {
    const args = [...HOST, '-q', '-f', 'ndjson', '-p', SYN, '--why-not', 'nat:KUBE-SERVICES:1'];
    const [prediction] = predictionsIn((await simulate([...args, '--why-not', 'nat:KUBE-MARK-MASQ:1'])).out);
    expect(prediction?.whyNot).toMatchObject([
      {
        rule: 'nat:KUBE-SERVICES:1',
        answers: [
          { paths: [0, 1], fate: 'looked-at', by: null, looks: [{ hook: 'PREROUTING', matches: 'no' }] },
        ],
      },
      { rule: 'nat:KUBE-MARK-MASQ:1', callers: [{ rule: 'nat:KUBE-SERVICES:1' }, {}, {}] },
    ]);
    expect(prediction?.whyNot?.[0]?.answers[0]?.looks[0]?.conditions).toContainEqual({
      condition: '! -s 10.200.0.0/16',
      result: 'no',
      value: '10.200.77.209',
    });
  });

  test.each([
    ['nat:KUBE-SERVICES:70', /chain KUBE-SERVICES has 11 rules/],
    ['nat:KUBE-X:1', /table nat has no chain KUBE-X/],
    ['security:INPUT:1', /table security was not given/],
    ['KUBE-X:1', /no rule KUBE-X:1: no table has a chain KUBE-X/],
    ['KUBE-SERVICES:1', /which rule KUBE-SERVICES:1\? .*: filter:KUBE-SERVICES:1 or nat:KUBE-SERVICES:1\n/],
    ['PREROUTING:1', /Several tables have this chain: (?:\w+:PREROUTING:1(?: or )?){3}/],
  ])('%s: there is no such rule', async (rule, said) => {
    const { code, out, err } = await simulate([...HOST, '-p', SYN, '--why-not', rule]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(said);
  });

  test('a chain that one table has needs no table', async () => {
    const args = [...HOST, '-q', '-p', SYN, '--why-not'];
    const { out } = await simulate([...args, 'KUBE-MARK-MASQ:1']);
    expect(out).toContain('Why not nat KUBE-MARK-MASQ:1?\n');
    expect(out).toBe((await simulate([...args, 'nat:KUBE-MARK-MASQ:1'])).out);
  });

  test('a rule of the other family is said', async () => {
    const packet = 'in=eth0 src=fd00::1 dst=fd00::2 proto=udp dport=53';
    const { err } = await simulate([...HOST, '-p', packet, '--why-not', 'nat:KUBE-SERVICES:1']);
    expect(err).toContain('#0 is ipv6, whose rules have no nat:KUBE-SERVICES:1');
  });
});

describe('packets as people write them', () => {
  test.each([
    ['colour=red', 'a packet has no field colour'],
    ['DPT=80', 'did you mean dport?'],
    ['icmp_type=8', 'did you mean icmpType?'],
    ['dport=htpp', 'dport is to be a port: a number from 0 to 65535, or the name of a service'],
    ['icmpId=http', 'icmpId is to be a number from 0 to 65535'],
    ['flags=sny', 'flags is to be flags as syn,ack'],
    ['src=10.0.0.256', 'src is to be an IPv4 or IPv6 address'],
  ])('%s is passed over, and said with a caret', async (field, said) => {
    const packet = `dst=10.32.0.139 ${field}`;
    const { code, out, err } = await simulate([...HOST, '--branches', '1', '-p', packet]);
    expect(code).toBe(0);
    expect(out).toContain('#0 ');
    expect(err).toContain(said);
    expect(err).toContain('--packet:1:17: warning: ');
    expect(err).toMatch(/\| {17}\^{3,}\n/);
  });

  test('a service by its name', async () => {
    const named = await simulate([...HOST, '-q', '-p', SYN.replace('dport=80', 'dport=http')]);
    expect(named.out).toBe((await simulate([...HOST, '-q', '-p', SYN])).out);
  });

  test('the same of a file, where machines read it', async () => {
    const lines = [
      '{"n":7,"src":"10.200.77.209","dst":"10.32.0.139","in":"cali84b7d149337","colour":1,"dport":"x"}',
      '',
      'nonsense',
      '[1]',
      '{"src":"10.0.0.1","dst":"fd00::1"}',
      '{"src":"10.200.77.209","dst":"10.200.77.216","in":"nosuch0"}',
    ];
    const { code, out, err } = await simulate([...HOST, '-q', '-f', 'ndjson', '--packets', '-'], {
      stdin: lines.join('\n'),
    });
    const told = linesOf(out).flatMap((object) => {
      const record = simulationRecordSchema.parse(object);
      return record.type === 'diagnostic' ? [[record.code, record.line, record.column]] : [];
    });
    expect(told).toEqual([
      ['packet.field', 1, 74],
      ['packet.value', 1, 85],
      ['packet.refused', 3, 1],
      ['packet.refused', 4, 1],
      ['packet.refused', 5, 1],
      ['packet.interface', 6, 1],
    ]);
    expect(predictionsIn(out).map(({ n }) => n)).toEqual([7, 1]);
    expect(code).toBe(2);
    expect(err).toContain('-:3:1: error: not a packet: no JSON');
  });

  test('every spelling says the same', async () => {
    const spelled = [
      '{"in":"eth0","src":"192.168.50.9","dst":"10.200.77.216","protocol":6,"sport":9,"dport":80,"flags":["SYN","ACK"],"mark":16384}',
      '{"in":"eth0","src":"192.168.50.9","dst":"10.200.77.216","proto":"TCP","sport":"9","dport":"0x50","flags":18,"mark":"0x4000"}',
    ];
    const { out } = await simulate([...HOST, '-q', '-f', 'ndjson', '--packets', '-'], {
      stdin: spelled.join('\n'),
    });
    const { out: text } = await simulate([
      ...HOST,
      '-q',
      '-f',
      'ndjson',
      '-p',
      'in=eth0 src=192.168.50.9 dst=::ffff:10.200.77.216 proto=tcp sport=9 dport=80 flags=syn,ack mark=0x4000'.replace(
        '::ffff:',
        '',
      ),
    ]);
    const [first, second] = predictionsIn(out).map(({ paths }) => paths);
    expect(second).toEqual(first);
    expect(predictionsIn(text)[0]?.paths).toEqual(first);
  });
});

describe('how it ends', () => {
  test.each([
    [['-p', SYN], /--rules FILE/],
    [['-r', join(SERVICE, 'rules.save')], /--packet/],
    [[...HOST, '-p', SYN, '--why-not', 'KUBE-SERVICES'], /nat:KUBE-SERVICES:7/],
    [[...HOST, '-p', SYN, '--branches', '0'], /from 1/],
    [[...HOST, '-p', SYN, '-f', 'xml'], /text, ndjson, json/],
  ])('usage %#', async (args, said) => {
    const { code, out, err } = await simulate(args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(said);
  });

  test('nothing that is no packet is predicted, and nothing else is said', async () => {
    const { code, out, err } = await simulate([...HOST, '-q', '-p', 'proto']);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('neither is there');
  });

  test('a file of packets that is not there', async () => {
    const { code, out, err } = await simulate([
      ...HOST,
      '-q',
      '--packets',
      join(folder, 'none'),
      '-p',
      DIRECT,
    ]);
    expect([code, err.includes('there is no such file')]).toEqual([2, true]);
    expect(out).toContain('#0 ');
  });

  test('json is one object of the same records', async () => {
    const args = [...HOST, '-q', '--packets', '-'];
    const stdin = `{"src":"10.0.0.1","colour":1,"dst":"10.32.0.139","protocol":"udp","dport":53}\n{"n":9,"dst":"10.32.0.1"}`;
    const one = simulationSchema.parse(JSON.parse((await simulate([...args, '-f', 'json'], { stdin })).out));
    const lines = linesOf((await simulate([...args, '-f', 'ndjson'], { stdin })).out);
    expect([...one.diagnostics, ...one.predictions]).toEqual(lines);
    expect(one.summary).toEqual({ type: 'summary', schemaVersion: 1, packets: 2 });
    const none = await simulate([...args, '-f', 'json'], { stdin: '' });
    expect(simulationSchema.parse(JSON.parse(none.out)).predictions).toEqual([]);
  });

  test('the same bytes each time, to a file too', async () => {
    for (const format of ['text', 'ndjson', 'json']) {
      const file = join(folder, 'out');
      const args = [...HOST, '-q', '-p', SYN, '-f', format];
      const { out } = await simulate(args);
      expect((await simulate([...args, '-o', file])).out).toBe('');
      expect(readFileSync(file, 'utf8')).toBe(out);
    }
    expect(existsSync(join(folder, 'out'))).toBe(true);
  });

  test('an interrupt leaves what was done, marked partial', async () => {
    const signals = new EventEmitter();
    const stdin = Array.from({ length: 20_000 }, (_, i) =>
      JSON.stringify({ n: i, in: 'cali84b7d149337', src: '10.200.77.209', dst: '10.200.77.216' }),
    ).join('\n');
    const { code, out } = await simulate([...HOST, '-f', 'ndjson', '--packets', '-'], {
      stdin,
      signals,
      onWrite: () => signals.emit('signal', 'SIGINT'),
    });
    expect(code).toBe(130);
    const last = simulationRecordSchema.parse(linesOf(out).at(-1));
    expect(last).toMatchObject({ type: 'summary', partial: true });
    expect(linesOf(out).length).toBeLessThan(20_000);
  });

  test('a reader that goes away is no error', async () => {
    const gone = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
    const { code, err } = await simulate([...HOST, '-q', '-p', SYN, '-p', DIRECT], {
      onWrite: () => {
        throw gone;
      },
    });
    expect([code, err]).toEqual([0, '']);
  });
});

test('hostile text of rules and packets comes out visible', async () => {
  const rules = await rulesFile([
    '-A FORWARD -m comment --comment "\x1b[31mred\x07" -j x\x1b[2J',
    '-A x\x1b[2J -p udp -j DROP',
  ]);
  const args = [
    '-r',
    rules,
    '-c',
    SERVICE,
    '-p',
    `in=eth0 src=192.168.50.9 dst=10.200.77.216 \x1b[1mproto=udp`,
  ];
  for (const more of [[], ['--why-not', 'filter:FORWARD:1']]) {
    const { out, err } = await simulate([...args, ...more]);
    expect(out + err).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f]/);
    expect(out).toContain('red');
  }
});

test('lines fit a terminal', async () => {
  const { out } = await simulate(
    [...HOST, '-q', '--no-pager', '-p', SYN, '--why-not', 'nat:KUBE-SERVICES:4', '-a'],
    {
      terminal: { columns: 100, rows: 40 },
      env: { NO_COLOR: '1' },
    },
  );
  expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
});
