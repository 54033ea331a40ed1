/** Lines that are not one plain message: what is used, what is reported and where, what is not ours. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stepName } from '../../src/model/event.ts';
import { capturedMessages, LOGS, linesOf } from './captured.ts';
import { damaged, message } from './messages.ts';
import { type Reading, readLines } from './read.ts';

const BODY =
  'IN=ra OUT=rb MAC=02:71:00:00:01:01:02:71:00:00:01:02:08:00 SRC=10.71.1.2 DST=10.71.2.2 LEN=30 TOS=0x00 PREC=0x00 TTL=63 ID=3001 DF PROTO=UDP SPT=40001 DPT=53 LEN=10 MARK=0x6c';
const TCP =
  'IN=ra OUT=rb SRC=10.71.1.2 DST=10.71.2.2 LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=3001 PROTO=TCP SPT=40001 DPT=80 SEQ=1 ACK=0 WINDOW=64240 RES=0x00 SYN URGP=0 OPT (0204) UID=0 GID=0';
const LINE = `TRACE: filter:FORWARD:rule:1 ${BODY}`;
const HEAD = 'May  1 08:00:16 gw1 kernel: [   20.580566] ';

/** Step, mark and whether it was cut of each event; code and place of each diagnostic; the counts. */
function short({ events, diagnostics, counts }: Reading): object {
  return {
    events: events.map((event) => `${stepName(event)} ${event.packet.mark}${event.cut ? ' cut' : ''}`),
    diagnostics: diagnostics.map(({ code, at }) => `${code} ${at.line}:${at.column}`),
    counts: `${counts.traceLines}+${counts.unparsed}+${counts.notOurs}`,
  };
}

const USED = { events: ['filter:FORWARD:rule:1 108'], diagnostics: [], counts: '1+0+0' };

describe('mended without loss: the event is that of the plain line', () => {
  const plain = readLines([HEAD + LINE]).events[0];
  test.each<[string, string]>([
    ['blank at the end', `${HEAD}${LINE} `],
    ['blanks at the end', `${HEAD}${LINE}   `],
    ['columns padded', HEAD + LINE.replace(' IN=', '        IN=').replace(' SRC', '    SRC')],
    ['tabs for blanks', HEAD + LINE.replaceAll(' ', '\t').replace('TRACE:\t', 'TRACE: ')],
    ['blank behind TRACE: eaten', HEAD + LINE.replace('TRACE: ', 'TRACE:')],
    ['blank before IN= eaten', HEAD + LINE.replace(' IN=', 'IN=')],
    [
      'all blanks between key and value words eaten',
      HEAD + LINE.replace(/ (?=[A-Z]+=)/g, '').replace('1IN=', '1 IN='),
    ],
    ['blank before DF eaten', HEAD + LINE.replace(' DF', 'DF')],
    ['wrapped and padded by a terminal in mid-word', HEAD + LINE.replace('PROTO', `PR${' '.repeat(40)}OTO`)],
    ['indented', `    ${HEAD}${LINE}`],
    ['colours', `\u001b[32m${HEAD}\u001b[0m\u001b[33mTRACE: \u001b[0m\u001b[1m${LINE.slice(7)} \u001b[0m`],
    ['NUL bytes in front', `\0\0\0${HEAD}${LINE}`],
    ['TRACE: cut to CE:', `${HEAD}${LINE.slice(3)}`],
    ['TRACE: cut off', `${HEAD}${LINE.slice(7)}`],
  ])('%s', (_, line) => {
    const reading = readLines([line]);
    expect(short(reading)).toEqual(USED);
    expect(reading.events[0]).toEqual(plain);
  });

  test('addresses in short, a MAC made illegible', () => {
    const text = `TRACE: filter:FORWARD:rule:1 IN=ra OUT=rb MAC=xx:xx:xx SRC=fd71::1:2 DST=fd71::2:2 LEN=50 TC=0 HOPLIMIT=64 FLOWLBL=77 PROTO=59`;
    const [event] = readLines([text]).events;
    expect(event?.packet).toMatchObject({ mac: null, src: { text: 'fd71::1:2' }, protocol: 59 });
  });

  test('TCP flags that lost their blank', () => {
    const [event] = readLines([`TRACE: filter:FORWARD:rule:1 ${TCP.replace('0x00 SYN', '0x00SYN')}`]).events;
    expect(event?.packet.transport).toMatchObject({ flags: 2 });
  });
});

describe('several records on one line', () => {
  const second = 'May  1 08:00:17 gw2 kernel: [   21.000001] ';
  const other = LINE.replace('rule:1', 'return:2');
  test.each<[string, string, (string | number | null)[]]>([
    ['newline lost', `${HEAD}${LINE} ${second}${other}`, ['gw2', 21.000001]],
    ['newline and blank lost', `${HEAD}${LINE}${second}${other}`, ['gw2', 21.000001]],
    ['dmesg', `[   20.580566] ${LINE} [   21.000001] ${other}`, [null, 21.000001]],
    ['/dev/kmsg', `4,1,20580566,-;${LINE} 4,2,21000001,-;${other}`, [null, 21.000001]],
    [
      'no second envelope: the host stands, the time is not its own',
      `${HEAD}${LINE} ${other}`,
      ['gw1', null],
    ],
  ])('%s', (_, line, [host, uptime]) => {
    const reading = readLines([line]);
    expect(short(reading)).toEqual({
      events: ['filter:FORWARD:rule:1 108', 'filter:FORWARD:return:2 108'],
      diagnostics: [],
      counts: '2+0+0',
    });
    expect(reading.events[1]).toMatchObject({ host, uptime, line: 1 });
    expect(reading.events[0]?.packet).toBe(reading.events[1]?.packet);
  });

  test('the first cut, the second whole', () => {
    const cut = LINE.slice(0, LINE.indexOf(' DPT='));
    expect(short(readLines([`${HEAD}${cut}${HEAD}${other}`]))).toEqual({
      events: ['filter:FORWARD:return:2 108'],
      diagnostics: [`log.cut 1:${HEAD.length + cut.length + 1}`],
      counts: '1+1+0',
    });
  });

  test('the torn end of one, then a whole one', () => {
    const torn = LINE.slice(LINE.indexOf('TTL='));
    expect(short(readLines([`${torn} ${HEAD}${other}`]))).toEqual({
      events: ['filter:FORWARD:return:2 108'],
      diagnostics: ['log.torn 1:1'],
      counts: '1+1+0',
    });
  });

  test('another daemon’s record behind it', () => {
    expect(short(readLines([`${HEAD}${LINE} May  1 08:00:17 gw1 cron[7]: (root) CMD (x)`]))).toEqual({
      ...USED,
      counts: '1+0+1',
    });
  });

  test('a hundred', () => {
    const steps = Array.from({ length: 100 }, (_, i) => `${HEAD}${LINE.replace('rule:1', `rule:${i + 1}`)} `);
    const { events } = readLines([steps.join('')]);
    expect(events.map(({ number }) => number)).toEqual(steps.map((_, i) => i + 1));
  });
});

describe('cut lines', () => {
  const cutAt = (text: string, word: string, more = 0): string =>
    text.slice(0, text.indexOf(word) + more).trimEnd();
  const tcp = `TRACE: filter:FORWARD:rule:1 ${TCP}`;
  test.each<[string, string, string, string]>([
    ['in the chain', 'TRACE: filter:FORW', 'filter:FORW', 'table:chain:type:number'],
    ['in the type', 'TRACE: filter:FORWARD:ru', 'filter:FORWARD:ru', 'table:chain:type:number'],
    ['in SRC=', cutAt(LINE, ' SRC=', 8), 'SRC=10.', 'SRC= and an address'],
    ['in TTL=', cutAt(LINE, ' TTL=', 2), 'T', 'TTL= and a number up to 255'],
    ['behind ID=3001 DF', cutAt(LINE, ' PROTO='), '', 'PROTO= and a protocol'],
    ['in PROTO=', cutAt(LINE, ' PROTO=', 4), 'PRO', 'PROTO= and a protocol'],
    ['behind PROTO=UDP', cutAt(LINE, ' SPT='), '', 'SPT= and a port'],
    ['in SPT=', cutAt(LINE, ' SPT=', 7), '', 'DPT= and a port'],
    ['in TCP options', cutAt(tcp, '(0204)', 3), 'OPT (02', 'OPT (…) with hex digits'],
    ['in UID=', cutAt(tcp, 'UID=', 2), 'UI', 'UID= and a number'],
    ['behind UID=', cutAt(tcp, ' GID='), '', 'GID= and a number'],
    ['in MARK=', cutAt(LINE, ' MARK=', 4), 'MAR', 'MARK=0x and hex digits'],
  ])('%s: not used, and said where', (_, line, rest, expected) => {
    const { events, diagnostics, counts } = readLines([HEAD + line]);
    expect([events, counts.unparsed]).toEqual([[], 1]);
    const column = HEAD.length + line.length - rest.length + 1;
    expect(diagnostics).toMatchObject([{ code: 'log.cut', severity: 'warning', at: { line: 1, column } }]);
    expect(diagnostics[0]?.args['expected']).toContain(expected);
  });

  test('at 1016 bytes by the kernel, in mid-token', () => {
    const messages = capturedMessages().filter((text) => text.length > 1000);
    expect(messages.length).toBeGreaterThan(0);
    for (const text of messages) {
      const { events, diagnostics } = readLines([text]);
      expect(events).toMatchObject([
        { cut: true, packet: { family: 'ipv6', flowLabel: 6033, protocol: null } },
      ]);
      expect(diagnostics.map(({ code }) => code)).toEqual(['log.overflow']);
    }
  });
});

describe('refused', () => {
  test.each<[string, string, string, string]>([
    [
      'a number with a letter in it',
      LINE.replace('TTL=63', 'TTL=6x'),
      'TTL=6x',
      'TTL= and a number up to 255',
    ],
    ['an unknown table', LINE.replace('filter', 'filt'), 'filt:FORWARD:rule:1', 'table:chain:type:number'],
    ['no packet', 'TRACE: filter:FORWARD:rule:1  "-A FORWARD -j X"', '"-A', 'IN= and a device or nothing'],
    [
      'words in the wrong order',
      LINE.replace('TOS=0x00 PREC=0x00', 'PREC=0x00 TOS=0x00'),
      'PREC=0x00',
      'TOS=0x and two hex digits',
    ],
    [
      'an address that is none',
      LINE.replace('10.71.2.2', '10.71.2.x'),
      'DST=10.71.2.x',
      'DST= and an address',
    ],
  ])('%s', (_, line, word, expected) => {
    const { events, diagnostics, counts } = readLines([HEAD + line]);
    expect(events).toEqual([]);
    expect(counts.unparsed).toBe(1);
    const [found] = diagnostics;
    expect(diagnostics).toMatchObject([{ code: 'log.refused', severity: 'warning', args: { expected } }]);
    expect((HEAD + line).slice((found?.at.column ?? 0) - 1)).toMatch(
      new RegExp(`^${word.replaceAll('.', '\\.')}(?: |$)`),
    );
    const { text = '', column = 0, length = 0 } = found?.excerpt ?? {};
    expect(text.slice(column - 1, column - 1 + length)).toBe(word);
  });

  test('more than a thousand are placed, if no longer explained', () => {
    const bad = LINE.replace('TTL=63', 'TTL=6x');
    const { diagnostics, counts } = readLines(Array.from({ length: 1100 }, () => bad));
    expect(counts.unparsed).toBe(1100);
    expect(diagnostics.map(({ args }) => 'expected' in args)).toEqual([
      ...Array(1000).fill(true),
      ...Array(100).fill(false),
    ]);
  });

  test('a column is that of the line as it was read', () => {
    const bad = LINE.replace('TTL=63', 'TTL=6x');
    const columnIn = (line: string): number => readLines([line]).diagnostics[0]?.at.column ?? 0;
    for (const line of [
      `   ${HEAD}${bad}`,
      `\u001b[32m${HEAD}\u001b[0m${bad}`,
      `4,1,2,-;${bad.replace('ra', '\\x72a')}`,
    ]) {
      const column = columnIn(line);
      // an escape before it shifts what /dev/kmsg wrote: there the column is that of the message as it was
      expect(line.slice(column - 1 + (line.includes('\\x') ? 3 : 0)).slice(0, 6)).toBe('TTL=6x');
    }
    const json = JSON.stringify({ A: 'b', MESSAGE: bad });
    expect(columnIn(json)).toBe(json.indexOf('TTL=6x') + 1);
  });

  test('a packet whose mark is damaged is not used without it', () => {
    const line = HEAD + LINE.replace(' MARK=', ' x MARK=');
    expect(short(readLines([line]))).toEqual({
      events: [],
      diagnostics: [`log.refused 1:${line.indexOf(' x ') + 2}`],
      counts: '0+1+0',
    });
  });

  test('what stands behind a whole packet is reported, the packet used', () => {
    expect(short(readLines([`${HEAD}${LINE} some words`]))).toEqual({
      ...USED,
      diagnostics: [`log.trailing 1:${HEAD.length + LINE.length + 2}`],
    });
  });
});

describe('not ours', () => {
  test.each([
    '',
    '   ',
    '# TRACE: filter:FORWARD:rule:1 is explained below',
    `# ${LINE}`,
    `${HEAD}lim ${BODY}`,
    `${HEAD}noblank${BODY}`,
    `${HEAD}${BODY}`,
    BODY,
    `${HEAD}IN=eth9 OUT=eth8 TRACE: ${BODY}`,
    `${HEAD}TRACE: ${BODY}`,
    `${HEAD}TRACE: entering function foo`,
    'TRACE: eb:nat:PREROUTING IN=veth0594f4b OUT= MAC source = 02:42 IP SRC=192.168.0.2 IP DST=192.168.0.3, IP tos=0x00, IP proto=1',
    `${HEAD}prefix ${LINE}`,
    `${HEAD}nf_ct_proto_6: invalid new ${BODY}`,
    `${HEAD}IPv4: martian source 10.71.2.2 from 10.71.2.50, on dev ra`,
    `${HEAD}ll header: 00000000: 02 71 00 00 01 01 02 71 00 00 01 02 08 00`,
    `${HEAD}netfilter please increase S_SIZE`,
    'May  1 08:00:16 gw1 systemd[1]: Started Session 1 of user root.',
    '64 bytes from 192.168.0.3: icmp_seq=1 ttl=64 time=0.226 ms',
    'Chain INPUT (policy ACCEPT 0 packets, 0 bytes)',
    '{"MESSAGE":"Received client request to sync journal."}',
    '[1,2,3]',
  ])('%s', (line) => {
    expect(short(readLines([line]))).toEqual({ events: [], diagnostics: [], counts: '0+0+1' });
  });

  test('a LOG line whose prefix imitates TRACE is told by the missing SEQ=, if it is TCP', () => {
    const imitation = TCP.replace(' SEQ=1 ACK=0', '').replace(/ OPT.*/, '');
    expect(short(readLines([`${HEAD}TRACE: raw:OUTPUT:rule:7 ${imitation}`]))).toMatchObject({
      events: [],
      diagnostics: [expect.stringMatching(/^log\.imitation 1:/)],
      counts: '0+0+1',
    });
    expect(short(readLines([`${HEAD}TRACE: raw:OUTPUT:rule:7 ${BODY}`]))).toMatchObject({ counts: '1+0+0' });
  });

  test.each([
    [
      'xtables-monitor --trace',
      'PACKET: 2 b3562284 IN=enp0s3 SRC=172.16.100.1 DST=172.16.100.32 LEN=84 TOS=0x0 TTL=64 ID=21031 DF ',
    ],
    [
      'xtables-monitor --trace',
      ' TRACE: 2 b3562284 filter:INPUT:rule:0x4:CONTINUE  -4 -t filter -A INPUT -p icmp -j TRACE',
    ],
    ['nft monitor trace', 'trace id e8299eec ip raw PREROUTING policy accept '],
  ])('%s is named once a file', (program, line) => {
    const { diagnostics, counts } = readLines([line, line, line]);
    expect(diagnostics).toMatchObject([{ code: 'log.monitor', args: { program }, at: { line: 1 } }]);
    expect(counts.notOurs).toBe(3);
  });
});

describe('lost lines', () => {
  test.each<[string, string, string, number | undefined]>([
    [
      'journald',
      'May  1 08:00:16 gw1 systemd-journald[1770]: Missed 1427 kernel messages',
      'log.lost-messages',
      1427,
    ],
    [
      'imjournal',
      'May  1 08:00:16 gw1 rsyslogd: imjournal: 236 messages lost due to rate-limiting',
      'log.lost-messages',
      236,
    ],
    [
      'imjournal begins',
      'May  1 08:00:16 gw1 rsyslogd: imjournal: begin to drop messages due to rate-limiting',
      'log.lost-messages',
      undefined,
    ],
    [
      'imuxsock',
      'May  1 08:00:16 gw1 rsyslogd: imuxsock[pid: 51, name: x]: 4881 messages lost due to rate-limiting (20000 allowed within 300 seconds)',
      'log.lost-messages',
      4881,
    ],
    [
      'old rsyslogd',
      'May  1 08:00:16 gw1 rsyslogd-2177: imuxsock lost 236 messages from pid 1 due to rate-limiting',
      'log.lost-messages',
      236,
    ],
    ['serial console', '** 143 printk messages dropped ** ', 'log.lost-printk', 143],
    [
      'serial console, with uptime',
      '[   12.345678] ** 143 printk messages dropped **',
      'log.lost-printk',
      143,
    ],
    ['the kernel', `${HEAD}net_ratelimit: 12 callbacks suppressed`, 'log.lost-suppressed', 12],
    ['rsyslog repeats', `${HEAD.slice(0, 28)}message repeated 4 times: [ ${LINE} ]`, 'log.lost-repeated', 4],
  ])('%s', (_, line, code, count) => {
    const { events, diagnostics, counts } = readLines([HEAD + LINE, line]);
    expect(events.length).toBe(1);
    expect(counts).toMatchObject({ notOurs: 1, unparsed: 0 });
    expect(diagnostics).toMatchObject([{ code, severity: 'warning', at: { line: 2 } }]);
    expect(diagnostics[0]?.args['count']).toBe(count);
  });

  test('a repeated line is lost only if it was a TRACE line', () => {
    const repeated = 'May  1 08:00:16 gw1 last message repeated 4 times';
    const other = 'May  1 08:00:16 gw1 cron[7]: (root) CMD (x)';
    const codes = (...lines: string[]): string[] => readLines(lines).diagnostics.map(({ code }) => code);
    expect(codes(HEAD + LINE, repeated)).toEqual(['log.lost-repeated']);
    expect(codes(HEAD + LINE, other, repeated)).toEqual([]);
    expect(codes(other, 'May  1 08:00:16 gw1 cron: message repeated 2 times: [ (root) CMD (x)]')).toEqual([]);
  });

  test('gaps in the numbers of /dev/kmsg, not where they begin again', () => {
    const numbered = (n: number): string => `4,${n},1,-;${LINE}`;
    const lines = [
      numbered(10),
      numbered(11),
      ' SUBSYSTEM=net',
      numbered(15),
      numbered(16),
      numbered(1),
      numbered(2),
    ];
    const { events, diagnostics, counts } = readLines(lines);
    expect(events.length).toBe(6);
    expect(counts).toMatchObject({ lines: 7, records: 6 });
    expect(diagnostics).toMatchObject([{ code: 'log.lost-sequence', args: { count: 3 }, at: { line: 4 } }]);
  });

  test('a message that journalctl hides may have been a TRACE line', () => {
    const lines = ['May 01 10:00:19 host kernel: [180B blob data]', '{"MESSAGE":null,"PRIORITY":"4"}'];
    const { diagnostics, counts } = readLines(lines);
    expect(counts.unparsed).toBe(2);
    expect(diagnostics.map(({ code }) => code)).toEqual(['log.blob', 'log.blob']);
  });
});

describe('laws', () => {
  const envelope = fc.constantFrom(
    '',
    HEAD,
    '[   20.580566] ',
    '<4>',
    '4,1,2,-;',
    'data: {"MESSAGE":"',
    '    MESSAGE=',
    '{',
  );
  const line = fc.oneof(
    fc
      .tuple(envelope, fc.oneof(message, damaged(message), damaged(fc.constantFrom(LINE, BODY))))
      .map((parts) => parts.join('')),
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '',
      '{',
      '}',
      '},{',
      '__CURSOR=s',
      'MESSAGE',
      '"msg": "x"',
      'Wed 2024-05-01 10:00:19 UTC [s=1;i=2]',
      '** 1 printk messages dropped **',
    ),
  );

  test('nothing throws, the counts add up, and batches do not matter', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), fc.integer({ min: 1, max: 5 }), (lines, batch) => {
        expect(readLines(lines, { year: 2024 }, batch)).toEqual(readLines(lines, { year: 2024 }));
      }),
      { numRuns: 1000 },
    );
  });

  test('every undamaged message is used, behind any envelope', () => {
    fc.assert(
      fc.property(fc.constantFrom('', HEAD, '[   20.580566] ', '<4>', '4,1,2,-;'), message, (head, text) => {
        const plain = head.startsWith('4,') ? text.replaceAll('\\', '\\x5c') : text;
        expect(readLines([head + plain]).events.map((event) => event.text)).toEqual([text.trimEnd()]);
      }),
      { numRuns: 1000 },
    );
  });

  test('equal text gives the same packet', () => {
    const { events } = readLines([LINE, HEAD + LINE.replace('rule:1', 'rule:2'), `${HEAD}${LINE}  `]);
    expect(new Set(events.map(({ packet }) => packet)).size).toBe(1);
  });

  test('every captured log reads with no line unaccounted for', () => {
    for (const path of LOGS) {
      const { counts } = readLines(linesOf(path));
      if (!path.includes('60-envelopes')) expect(counts.records, path).toBe(counts.lines);
      if (!/38-log|dmesg-J/.test(path)) expect(counts.unparsed, path).toBe(0);
    }
  });
});

describe('hostile lines of a quarter megabyte take no more than moments', () => {
  const many = (text: string): string => text.repeat((1 << 18) / text.length);
  test.each<[string, string]>([
    ['records glued together', many(`${HEAD}${LINE} `)],
    ['beginnings of records', many('TRACE: raw:')],
    ['records without a packet', many('TRACE: raw:OUTPUT:rule:1 IN= ')],
    ['blanks', `"a": ${many(' ')}x`],
    ['blanks in a record', `TRACE: raw:OUTPUT:rule:1 IN=${many(' ')}x`],
    ['digits and commas', `"MESSAGE": [${many('1, ')}x`],
    ['brackets', many('[ ')],
    [
      'extension headers',
      `TRACE: raw:OUTPUT:rule:1 IN= OUT= SRC=fd71:0000:0000:0000:0000:0000:0000:0001 DST=fd71:0000:0000:0000:0000:0000:0000:0002 LEN=1 TC=0 HOPLIMIT=1 FLOWLBL=0 ${many('OPT ( ) ')}`,
    ],
    ['a chain', `TRACE: raw:${many('x')}:rule:1 IN= OUT=`],
    ['colons', `TRACE: raw:${many(':rule:1')} IN= OUT= SRC=${many(':')}`],
    ['stamps', many('May  1 08:00:16 ')],
    ['escapes', many('\u001b[')],
    ['keys without blanks', `TRACE: raw:OUTPUT:rule:1 ${many('ID=')}`],
  ])('%s', (_, line) => {
    const started = performance.now();
    const { counts } = readLines([line, line]);
    expect(counts.records).toBeGreaterThan(0);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
