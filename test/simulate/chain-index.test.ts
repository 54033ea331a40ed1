/** Long chains are looked up, not walked: the same rules match as when each is looked at. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NO_CONTEXT } from '../../src/model/context.ts';
import { parsePacket, simulate } from '../../src/simulate/index.ts';
import { packet, rules } from './host.ts';

const HOSTS = ['10.0.0.1', '10.0.0.2', '10.0.1.1', '10.9.0.1'];
const NETWORKS = [...HOSTS, '10.0.0.0/24', '10.0.0.0/8', '0.0.0.0/0', '10.0.0.1/255.0.0.255'];
const PORTS = [53, 80, 443];

const not = fc.constantFrom('', '! ');
const conditionsOf = fc
  .record({
    src: fc.option(fc.tuple(not, fc.constantFrom(...NETWORKS)), { freq: 2 }),
    dst: fc.option(fc.tuple(not, fc.constantFrom(...NETWORKS)), { freq: 2 }),
    dev: fc.option(fc.tuple(not, fc.constantFrom('eth0', 'eth1', 'eth+')), { freq: 3 }),
    ports: fc.constantFrom(
      '',
      '-p tcp',
      '-p udp',
      ...PORTS.flatMap((port) => [
        `-p tcp --dport ${port}`,
        `-p udp ! --dport ${port}`,
        `-p udp --sport ${port}`,
        `-p tcp --dport ${port}:${port + 9}`,
        `-p tcp --dport ${port}:${port + 900}`,
        `-p udp -m multiport --dports ${port},1000`,
        `-p udp -m multiport ! --dports ${port},1000`,
        `-p udp -m multiport --ports ${port}`,
      ]),
    ),
    more: fc.constantFrom('', '', '-m mark --mark 0', '-m recent --name r --set', '-m comment --comment x'),
  })
  .map(({ src, dst, dev, ports, more }) =>
    [
      src && `${src[0]}-s ${src[1]}`,
      dst && `${dst[0]}-d ${dst[1]}`,
      dev && `${dev[0]}-i ${dev[1]}`,
      ports,
      more,
    ]
      .filter((part) => part !== null && part !== '')
      .join(' '),
  );

const packetOf = fc
  .record({
    src: fc.constantFrom(...HOSTS),
    dst: fc.constantFrom(...HOSTS),
    dev: fc.constantFrom('eth0', 'eth1'),
    proto: fc.constantFrom('tcp', 'udp', 'icmp'),
    sport: fc.constantFrom(...PORTS, 1000),
    dport: fc.constantFrom(...PORTS, 1000),
    fragment: fc.constantFrom('', '', '', ' fragment=1480', ' fragment=0+'),
  })
  .map(({ src, dst, dev, proto, sport, dport, fragment }) => {
    const ports = proto === 'icmp' ? '' : ` sport=${sport} dport=${dport}`;
    return `in=${dev} src=${src} dst=${dst} proto=${proto}${ports} length=60 ttl=64${fragment}`;
  });

/** The rules of the chain that matched, by number. */
function matched(lines: readonly string[], text: string): number[] {
  const ruleset = rules(lines.map((line) => `raw PREROUTING ${line}`).join('\n'));
  const [prediction] = simulate(ruleset, NO_CONTEXT, [packet(text)]);
  const steps = prediction?.paths[0]?.steps ?? [];
  return steps
    .filter(({ table, hook, rule }) => table === 'raw' && hook === 'PREROUTING' && rule !== null)
    .map(({ number }) => number);
}

test('a long chain and each of its rules alone agree on what matches', () => {
  fc.assert(
    fc.property(fc.array(conditionsOf, { minLength: 12, maxLength: 30 }), packetOf, (lines, text) => {
      expect(parsePacket(text).diagnostics).toEqual([]);
      const alone = lines.flatMap((line, i) => (matched([line], text).length > 0 ? [i + 1] : []));
      expect(matched(lines, text)).toEqual(alone);
    }),
    { numRuns: 150 },
  );
});

test('a rule that jumps is found from every place in the chain', () => {
  const filler = Array.from({ length: 40 }, (_, i) => `raw PREROUTING -d 10.0.${i}.1 -j a`).join('\n');
  const text = rules(`${filler}\nraw PREROUTING -d 10.0.7.1 -j a\nraw a -s 10.0.0.1`);
  const [prediction] = simulate(text, NO_CONTEXT, [
    packet('in=eth0 src=10.0.0.1 dst=10.0.7.1 proto=udp sport=1 dport=2'),
  ]);
  const names = prediction?.paths[0]?.steps.slice(0, 7).map(({ chain, number }) => `${chain}:${number}`);
  expect(names).toEqual(['PREROUTING:8', 'a:1', 'a:2', 'PREROUTING:41', 'a:1', 'a:2', 'PREROUTING:42']);
});

test('a packet of which little is known meets every rule that it may match', () => {
  const lines = Array.from(
    { length: 20 },
    (_, i) => `raw PREROUTING -s 10.0.0.${i} -p udp --dport ${i + 1}`,
  ).join('\n');
  const { packet: vague } = parsePacket('in=eth0 dst=10.9.9.9 proto=udp');
  const given = vague === null ? [] : [vague.packet];
  const [prediction] = simulate(rules(lines), NO_CONTEXT, given, { branches: 2000 });
  const numbers = new Set(
    prediction?.paths.flatMap(({ steps }) =>
      steps.flatMap(({ table, rule, number }) => (table === 'raw' && rule !== null ? [number] : [])),
    ),
  );
  expect(numbers.size).toBe(20);
});

test('a rule that changes something before its telling condition is looked at', () => {
  const filler = Array.from({ length: 20 }, (_, i) => `raw PREROUTING -d 10.0.${i}.1`).join('\n');
  const text = rules(`
    ${filler}
    raw PREROUTING -p udp -m recent --name r --set -m multiport --dports 99
    raw PREROUTING -m recent --name r --rcheck -j DROP`);
  const [prediction] = simulate(text, NO_CONTEXT, [
    packet('in=eth0 src=10.0.0.1 dst=10.9.9.9 proto=udp sport=1 dport=2'),
  ]);
  expect(prediction?.paths.map(({ disposition }) => disposition)).toEqual(['dropped']);
});
