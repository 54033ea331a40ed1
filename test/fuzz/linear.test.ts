/**
 * Time is linear: of input that repeats what parsers go over again, four times as much takes no more than about four times
 * as long. Processor time, the best of some runs, and of long input only: what is to be told apart is 4 from 16.
 */
import { describe, expect, test } from 'vitest';
import { Dice } from '../kernel/generate/dice.ts';
import { TARGETS } from './fuzz.ts';

const LINE = 'Jun 22 12:47:55 h kernel: [ 1713.241442] TRACE: filter:';
const HEAD = 'Chain FORWARD (policy ACCEPT)\n pkts bytes target prot opt in out source destination\n';
const ROW = ' 0 0 ACCEPT all -- * * 0.0.0.0/0 0.0.0.0/0 ';

/** Target → pieces that are repeated between a beginning and an end. */
const REPEATED: Readonly<Record<string, readonly (readonly [string, string, string])[]>> = {
  log: [
    [LINE, 'a:rule:', '1 IN= OUT='],
    [`${LINE}a:rule:1 IN=`, ' OUT=', ''],
    ['', 'TRACE: ', ''],
    ['', '[    1.000000] ', 'TRACE: '],
    ['', ' ', 'x'],
    ['message repeated 3 times: [', ' [', ']'],
    ['{"MESSAGE":"', '\\u0041', '"}'],
    ['4,1,1,-;', '\\x41', ''],
    ['', '\u001b[31m', 'x'],
  ],
  save: [
    ['*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD ', '-m mark --mark 1 ', '-j X\nCOMMIT'],
    ['*filter\n-A FORWARD -m comment --comment "', '\\"', '\nCOMMIT'],
    ['*filter\n', '-A FORWARD -m comment --comment "x\n', 'COMMIT'],
    ['*filter\n-A FORWARD ', '! ', '\nCOMMIT'],
    ['', '*filter\n', ''],
    ['*filter\n', ':X - [0:0]\n', 'COMMIT'],
  ],
  list: [
    [HEAD + ROW, '/* ', '*/'],
    [HEAD + ROW, '/* x */ ', ''],
    [HEAD + ROW, ' */', ''],
    [HEAD + ROW, 'tcp dpt:1 ', ''],
    [HEAD, `${ROW}/* x\n`, ''],
    ['', HEAD, ''],
  ],
  sets: [
    ['create s hash:ip\n', 'add s 1.1.1.1\n', ''],
    ['create s hash:ip\nadd s 1.1.1.1 comment "', '\\"', ''],
    ['', 'create s hash:ip\n', ''],
  ],
  addresses: [
    ['', '1: a: <UP> mtu 1\n    inet 1.1.1.1/8 scope global a\n', ''],
    ['1: a: <', 'UP,', '>'],
  ],
  routes: [
    ['default ', 'via 1.1.1.1 ', 'dev a'],
    ['default ', 'nexthop via 1.1.1.1 dev a ', ''],
    ['1:', '1:', ' dev a'],
  ],
  'routing-rules': [['0: from all ', 'not ', 'lookup main']],
  connections: [
    ['tcp 6 1 ', 'src=1.1.1.1 dst=1.1.1.2 ', ''],
    ['tcp ', '1 ', 'src='],
  ],
  settings: [
    ['net.', 'a.', '!'],
    ['net.', 'a/', '= 1'],
    ['net.ipv4', '.', ' x'],
  ],
  'addresses-json': [
    ['[', '[', ''],
    ['[{"ifname":"a","addr_info":', '[', ''],
  ],
  packets: [
    ['{"src":"1.1.1.1","x":', '[', ''],
    ['', '{"src":"1.1.1.1"}\n', ''],
  ],
  'packet-fields': [
    ['src=1.1.1.1 ', 'x ', ''],
    ['src=', '1.', ''],
  ],
  expectations: [
    ['cases: ', '[', ''],
    ['cases: ', '- ', 'x'],
    ['', 'a: &a [*a]\n', ''],
    ['', '? ', ''],
    ['', '  ', 'x: 1'],
  ],
};

const SIZES = [16_000, 64_000] as const;
/** Milliseconds under which nothing is told apart. */
const NOTHING = 30;

async function timeOf(run: () => void | Promise<void>): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 3 && best > NOTHING; i++) {
    const before = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}

describe.each(Object.entries(REPEATED))('%s', (name, pieces) => {
  const target = TARGETS.find((each) => each.name === name);

  test.each(pieces)('%j, %j again and again, %j', async (start, piece, end) => {
    const times: number[] = [];
    for (const size of SIZES) {
      const text = start + piece.repeat(Math.ceil(size / piece.length)) + end;
      times.push(await timeOf(() => target?.run(text, new Dice(1))));
    }
    const [small = 0, large = 0] = times;
    expect(target).toBeDefined();
    expect(large, `${small} ms, then ${large} ms`).toBeLessThan(Math.max(300, 9 * Math.max(small, NOTHING)));
  });
});
