/** What targets do to the packet, as the next rules and its last line show. */
import { describe, expect, test } from 'vitest';
import { endOf, paths, predict, rules } from './host.ts';

const UDP = 'in=in0 src=10.1.0.9 dst=10.2.0.9 proto=udp sport=1000 dport=53 length=60 ttl=64 tos=0';
const SYN = 'in=in0 src=10.1.0.9 dst=10.2.0.9 proto=tcp sport=1000 dport=80 flags=syn seq=1 ack=0 ttl=64';

describe('marks', () => {
  test.each([
    ['MARK --set-mark 5', 0, 5],
    ['MARK --set-xmark 0x5/0x0', 0xf, 0xa],
    ['MARK --set-xmark 0x10/0xf0', 0x1ff, 0x11f],
    ['MARK --or-mark 0x6', 1, 7],
    ['MARK --and-mark 0x6', 7, 6],
    ['MARK --xor-mark 0x6', 3, 5],
  ])('%s of %i: %i', (target, before, after) => {
    const [path] = paths(rules(`mangle PREROUTING -j ${target}`), [`${UDP} mark=${before}`]);
    expect(path?.final.mark).toBe(after);
  });

  test('CONNMARK saves and restores by its masks', () => {
    const text = rules(`
      mangle PREROUTING -i in0 -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff
      mangle PREROUTING -i out0 -j CONNMARK --restore-mark --nfmask 0xf --ctmask 0xf`);
    const back =
      'in=out0 src=10.2.0.9 dst=10.1.0.9 proto=udp sport=53 dport=1000 length=60 ttl=64 mark=0x100';
    expect(paths(text, [`${UDP} mark=0x1a5`, back])[1]?.final.mark).toBe(0x105);
  });
});

describe('header fields', () => {
  test.each([
    ['TTL --ttl-set 9', { ttl: 8 }],
    ['TTL --ttl-dec 9', { ttl: 54 }],
    ['TTL --ttl-inc 9', { ttl: 72 }],
    ['TOS --set-tos 0x10/0x3f', { tos: 0x10 }],
    ['DSCP --set-dscp 0x0a', { tos: 0x28 }],
  ])('%s, then one TTL less for forwarding', (target, after) => {
    const [path] = paths(rules(`mangle PREROUTING -j ${target}`), [UDP]);
    expect(path?.final).toMatchObject(after);
  });
});

describe('TCPMSS', () => {
  const shown = (options: string, length: number): string => `${SYN} tcpOptions=${options} length=${length}`;
  test.each([
    ['lowers', shown('020405b4', 44), '-m tcpmss --mss 1000', 44],
    ['raises nothing', shown('020403e8', 44), '-m tcpmss --mss 1000', 44],
    ['adds the option where it is missing', shown('', 40), '-m tcpmss --mss 1000', 44],
    ['finds the option behind others', shown('0101020405b4', 46), '-m tcpmss --mss 1000', 46],
    [
      'does not take a value for the option',
      shown('0806020400000000020405b4', 56),
      '-m tcpmss --mss 1000',
      56,
    ],
  ])('%s', (_, packet, condition, length) => {
    const text = rules(`mangle FORWARD -p tcp -j TCPMSS --set-mss 1000\nmangle FORWARD -p tcp ${condition}`);
    const [path] = paths(text, [packet]);
    expect(path?.steps.some(({ chain, number }) => chain === 'FORWARD' && number === 2)).toBe(true);
    expect(path?.final.length).toBe(length);
  });
});

describe('verdicts', () => {
  test.each([
    ['DROP', 'dropped filter:FORWARD:rule:1'],
    ['REJECT', 'rejected filter:FORWARD:rule:1'],
    ['REJECT --reject-with icmp-host-prohibited', 'rejected filter:FORWARD:rule:1'],
    ['ACCEPT', 'forwarded out0'],
    ['LOG', 'forwarded out0'],
    ['NFLOG --nflog-group 5', 'forwarded out0'],
  ])('%s', (target, end) => {
    const [path] = paths(rules(`filter FORWARD -p udp -j ${target}`), [UDP]);
    expect(path && endOf(path)).toBe(end);
  });

  test('a queue may keep the packet, or give it back', () => {
    const [{ paths: ways = [] } = {}] = predict(rules('filter FORWARD -p udp -j NFQUEUE --queue-num 1'), [
      UDP,
    ]);
    expect(new Set(ways.map(({ disposition }) => disposition))).toContain('queued');
    expect(new Set(ways.map(({ disposition }) => disposition))).toContain('forwarded');
  });

  test('TPROXY: a socket takes it, or it is dropped', () => {
    const text = rules(
      'mangle PREROUTING -p udp -j TPROXY --on-port 99 --on-ip 127.0.0.1 --tproxy-mark 0x1/0x1',
    );
    const [{ paths: ways = [] } = {}] = predict(text, [UDP]);
    expect(ways.map(({ ending, final }) => [ending, final.mark])).toContainEqual(['no-listener', 0]);
    expect(ways.map(({ final }) => final.mark)).toContain(1);
  });
});

describe('what a packet calls forth counts for the connections', () => {
  test("a reset by REJECT closes nothing: it is the dropped packet's, which has no entry", () => {
    const text = rules(`
      filter FORWARD -p tcp -j REJECT --reject-with tcp-reset
      mangle PREROUTING -m conntrack --ctstate NEW
      mangle OUTPUT -m conntrack --ctstate INVALID`);
    const walked = paths(text, [`${SYN} tcpOptions= length=40`, `${SYN} tcpOptions= length=40`]);
    expect(
      walked.map(({ steps }) => steps.some(({ table, type }) => table === 'mangle' && type === 'rule')),
    ).toEqual([true, true]);
  });
});
