/** Paths where something is not known or left to chance: which, how many, how likely, and what they rest on. */
import { describe, expect, test } from 'vitest';
import { NO_CONTEXT } from '../../src/model/context.ts';
import { simulate } from '../../src/simulate/index.ts';
import { FUZZ, namesOf, readContext, readPackets, readRules, readTruth } from './captures.ts';
import { endOf, packet, predict, router, rules } from './host.ts';

const UDP = 'in=in0 src=10.1.0.9 dst=10.2.0.9 proto=udp sport=1000 dport=53 length=60 ttl=64';

describe('less context leaves more ways open, and the kernel takes one of them', () => {
  // Routes open most: a part of the cases tells as much.
  test.each([
    ['sets', ['ipset.save'], 1],
    ['addresses', ['ip-addr.txt'], 1],
    ['routes', ['ip-route.txt', 'ip-rule.txt'], 5],
    ['connections', ['conntrack.txt'], 2],
    ['anything', null, 17],
  ] as const)('without %s', { timeout: 60_000 }, (_, without, every) => {
    const wrong: string[] = [];
    let judged = 0;
    for (const { folder, name } of FUZZ.filter((_case, i) => i % every === 0)) {
      const packets = readPackets(folder);
      const truth = readTruth(folder);
      const context = without === null ? NO_CONTEXT : readContext(folder, without);
      const given = packets.map((item) => item.packet);
      for (const { n, paths } of simulate(readRules(folder, 'rules.save'), context, given)) {
        const number = packets[n]?.n ?? n;
        const steps = truth.get(number);
        if (steps === undefined) continue;
        judged++;
        const found = paths.some((path) => namesOf(path.steps).join() === steps.join());
        if (!found) wrong.push(`${name} packet ${number}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(judged).toBeGreaterThan(50);
  });
});

describe('probabilities', () => {
  test('add up to 1 where all are told', () => {
    const even = (n: number): string => `-m statistic --mode random --probability ${1 / n}`;
    const text = rules(`
      filter FORWARD ${even(4)} -j DROP
      filter FORWARD ${even(3)} -j DROP
      filter FORWARD ${even(2)} -j DROP`);
    const [{ paths = [], more } = {}] = predict(text, [UDP]);
    expect(paths.map(({ probability }) => probability?.toFixed(4))).toEqual([
      '0.2500',
      '0.2500',
      '0.2500',
      '0.2500',
    ]);
    expect(more).toBe(false);
  });

  test('the likeliest comes first', () => {
    const text = rules('filter FORWARD -m statistic --mode random --probability 0.1 -j DROP');
    const [{ paths = [] } = {}] = predict(text, [UDP]);
    expect(paths.map(endOf)).toEqual(['forwarded out0', 'dropped filter:FORWARD:rule:1']);
  });

  test('one that nobody can tell makes the path untold', () => {
    const text = rules(
      'filter FORWARD -m limit --limit 1/min -j DROP\nfilter FORWARD -m statistic --mode random --probability 0.5 -j DROP',
    );
    const [{ paths = [] } = {}] = predict(text, [UDP]);
    expect(paths.map(({ probability }) => probability)).toEqual([null, null, null]);
  });
});

describe('the bound', () => {
  const many = rules(
    Array.from(
      { length: 12 },
      (_, i) =>
        `filter FORWARD -m statistic --mode random --probability 0.${i + 1 > 9 ? 9 : i + 1} -j MARK --set-xmark ${2 ** i}/${2 ** i}`,
    ).join('\n'),
  );

  test('is kept, and said', () => {
    const [{ paths = [], more } = {}] = [...simulate(many, router(), [packet(UDP)], { branches: 10 })];
    expect(paths).toHaveLength(10);
    expect(more).toBe(true);
  });

  test('the likeliest paths are among those followed', () => {
    const all = [...simulate(many, router(), [packet(UDP)], { branches: 5000 })][0];
    const some = [...simulate(many, router(), [packet(UDP)], { branches: 64 })][0];
    expect(all?.more).toBe(false);
    expect(some?.paths[0]?.final.mark).toBe(all?.paths[0]?.final.mark);
  });

  test('one at least is followed', () => {
    const [{ paths = [] } = {}] = [...simulate(many, router(), [packet(UDP)], { branches: 0 })];
    expect(paths).toHaveLength(1);
  });
});

describe('assumptions', () => {
  test('name the fact, when it was needed, and the file that would settle it', () => {
    const text = rules('raw PREROUTING -p udp\nfilter FORWARD -m set --match-set blocked src -j DROP');
    const [{ paths = [] } = {}] = predict(text, [UDP], router({ 'ipset.save': null }));
    expect(paths.map((path) => [endOf(path), path.assumptions])).toEqual([
      [
        'dropped filter:FORWARD:rule:1',
        [{ at: 2, kind: 'set', fact: '10.1.0.9 is in blocked', settledBy: 'sets' }],
      ],
      ['forwarded out0', [{ at: 2, kind: 'set', fact: '10.1.0.9 is not in blocked', settledBy: 'sets' }]],
    ]);
    expect(paths.map(({ wanting }) => wanting)).toEqual([['sets'], ['sets']]);
  });

  test('nothing is asked of a rule that cannot match', () => {
    const text = rules(
      'filter FORWARD -m set --match-set blocked src -p tcp -j DROP\nfilter FORWARD -m limit --limit 1/min -d 10.9.9.9',
    );
    const [{ paths = [] } = {}] = predict(text, [UDP], router({ 'ipset.save': null }));
    expect(paths.map(({ assumptions }) => assumptions)).toEqual([[]]);
  });

  test('a field of the packet that was left out is asked once', () => {
    const text = rules(
      'filter FORWARD -p udp --dport 53 -j MARK --set-mark 1\nfilter FORWARD -p udp --dport 53 -j DROP',
    );
    const [{ paths = [] } = {}] = predict(text, [UDP.replace('dport=53 ', '')]);
    expect(paths.map(endOf).sort()).toEqual(['dropped filter:FORWARD:rule:2', 'forwarded out0']);
  });

  test('host settings that nobody saved are those of a plain router, and no assumption', () => {
    const [{ paths = [] } = {}] = predict(rules('filter FORWARD empty'), [UDP]);
    expect(paths.map((path) => [endOf(path), path.assumptions])).toEqual([['forwarded out0', []]]);
  });

  test('where one of two facts leads to a path, both are said', () => {
    const text = rules('mangle PREROUTING -m conntrack --ctstate NEW');
    const [{ paths = [] } = {}] = predict(text, [UDP], router({ 'conntrack.txt': null }));
    expect(paths[0]?.assumptions[0]?.fact).toBe(
      '10.1.0.9:1000 → 10.2.0.9:53 is the first packet of its connection, or 10.1.0.9:1000 → 10.2.0.9:53 goes on with a connection from before that nobody answered',
    );
  });
});

describe('answers about one field of the packet do not contradict each other', () => {
  const TCP = 'in=in0 src=10.1.0.9 dst=10.2.0.9 proto=tcp sport=1000 dport=80';
  const ICMP = 'in=in0 src=10.1.0.9 dst=10.2.0.9 proto=icmp';
  const without = (field: string): string => UDP.replace(new RegExp(` ${field}=\\S+`), '');
  const flags = (text: string): string => `the packet's TCP flags ${text}`;

  test.each<[string, string, string, readonly string[]]>([
    [
      'a SYN matches --syn; an ACK that goes on does not',
      TCP,
      'filter FORWARD -p tcp --tcp-flags SYN,RST SYN -m conntrack --ctstate NEW -j DROP',
      [
        `dropped filter:FORWARD:rule:1: ${flags('are SYN')}`,
        `forwarded out0: ${flags('are ACK, by which a connection is picked up in the middle')}`,
        `forwarded out0: ${flags('open no connection')}`,
      ],
    ],
    [
      'what holds for no flag that is left is not asked',
      TCP,
      'filter FORWARD -m conntrack --ctstate NEW -p tcp --tcp-flags SYN,ACK SYN,ACK -j DROP',
      [
        `forwarded out0: ${flags('are SYN')}, or ${flags('are ACK, by which a connection is picked up in the middle')}`,
        `forwarded out0: ${flags('open no connection')}`,
      ],
    ],
    [
      'a port is in one of two ranges, or in neither',
      without('dport'),
      'filter FORWARD -p udp --dport 400:500 -j DROP\nfilter FORWARD -p udp -m multiport --dports 443,450 -j REJECT\nfilter FORWARD -p udp --dport 53 -j DROP',
      [
        "dropped filter:FORWARD:rule:1: the packet's destination port is 400-500",
        "dropped filter:FORWARD:rule:3: the packet's destination port is not 400-500; the packet's destination port is 53",
        "forwarded out0: the packet's destination port is not 400-500; the packet's destination port is not 53",
      ],
    ],
    [
      'all that a range leaves over',
      without('sport'),
      'filter FORWARD -p udp --sport 0:1023 -j DROP\nfilter FORWARD -p udp --sport 1024:65535 -j REJECT',
      [
        "dropped filter:FORWARD:rule:1: the packet's source port is 0-1023",
        "rejected filter:FORWARD:rule:2: the packet's source port is not 0-1023",
      ],
    ],
    [
      'a protocol',
      'in=in0 src=10.1.0.9 dst=10.2.0.9',
      'raw PREROUTING -j NOTRACK\nfilter FORWARD ! -p tcp -j DROP\nfilter FORWARD -p udp -j REJECT',
      [
        "dropped filter:FORWARD:rule:1: the packet's protocol is not 6",
        "forwarded out0: the packet's protocol is 6",
      ],
    ],
    [
      'an ICMP type that opens a connection is no answer',
      ICMP,
      'filter FORWARD -m conntrack --ctstate NEW -p icmp --icmp-type 0 -j REJECT\nfilter FORWARD -p icmp --icmp-type 8 -j DROP',
      [
        "dropped filter:FORWARD:rule:2: the packet's ICMP type opens a connection, as echo-request does; the packet's ICMP type is 8/0-255",
        "forwarded out0: the packet's ICMP type opens a connection, as echo-request does; the packet's ICMP type is not 8/0-255",
        "forwarded out0: the packet's ICMP type opens no connection",
      ],
    ],
  ])('%s', (_, sent, text, expected) => {
    const [{ paths = [] } = {}] = predict(rules(`${text}\nnat PREROUTING empty`), [sent]);
    const told = paths.map(
      (path) => `${endOf(path)}: ${path.assumptions.map(({ fact }) => fact).join('; ')}`,
    );
    expect(told.sort()).toEqual([...expected].sort());
  });
});

describe('rules that were not given', () => {
  test('a table that nobody gave counts as if it did nothing, and is named', () => {
    const [filter] = rules('filter FORWARD -j DROP').tables;
    const whole = rules('filter FORWARD -j DROP');
    const part = { ...whole, whole: [], tables: filter === undefined ? [] : [filter] };
    const [{ paths = [] } = {}] = predict(part, [UDP]);
    expect(paths.map((path) => [endOf(path), path.traced, [...path.unchecked].sort()])).toEqual([
      ['dropped filter:FORWARD:policy:1', null, ['mangle', 'nat', 'raw']],
    ]);
  });
});
