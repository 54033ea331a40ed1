/** The walk that the project began with: a ping between two pods of one Calico node, 49 lines. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseRuleset, settleRuleset } from '../../src/ruleset/index.ts';
import { assemble, stepNames } from './assembling.ts';
import { CAPTURES, linesOf, readEvents } from './capture.ts';

const FOLDER = join(CAPTURES, 'seed-same-node');

function walkWith(file: string) {
  const events = readEvents(join(FOLDER, 'syslog.log'));
  const source = { file, lines: linesOf(join(FOLDER, file)), table: null, family: null };
  const seen = events.map(({ packet, table, chain }) => ({ family: packet.family, table, chain }));
  const { ruleset } = settleRuleset(parseRuleset([source]), seen);
  const { walks } = assemble(events, { ruleset });
  expect(walks).toHaveLength(1);
  const [walk] = walks;
  if (walk === undefined) throw new Error('no walk');
  return walk;
}

describe.each(['rules.save', 'rules.list'])('%s', (file) => {
  const walk = walkWith(file);
  const names = stepNames(walk);

  test('one walk of 49 steps, each with its place in the rules, forwarded', () => {
    expect(walk.steps).toHaveLength(49);
    expect(walk.gaps).toEqual([]);
    expect(walk.disposition).toBe('forwarded');
    expect(walk.check.unchecked).toEqual([]);
    const kinds = new Set(walk.steps.map((step) => step.place.kind));
    expect(kinds).toEqual(new Set(['rule', 'return', 'policy']));
  });

  test('the mark changes five times, on the rules that did it', () => {
    const marks = walk.steps.flatMap(({ changes }, i) =>
      changes?.mark === undefined ? [] : [[names[i], ...changes.mark]],
    );
    expect(marks).toEqual([
      ['raw:cali-PREROUTING:rule:2', 0, 0x40000],
      ['filter:cali-FORWARD:rule:1', 0x40000, 0],
      ['filter:cali-pro-kns.default:rule:1', 0, 0x10000],
      ['filter:cali-tw-cali5cb173fd42f:rule:3', 0x10000, 0],
      ['filter:cali-pri-kns.default:rule:1', 0, 0x10000],
    ]);
  });

  test('who set the mark that a rule tests', () => {
    const tests = walk.steps.flatMap(({ markSetBy }, i) =>
      markSetBy === null ? [] : [`${names[i]} by ${names[markSetBy]}`],
    );
    expect(tests).toEqual([
      'filter:cali-FORWARD:rule:2 by raw:cali-PREROUTING:rule:1',
      'filter:cali-pro-kns.default:rule:2 by filter:cali-pro-kns.default:rule:1',
      'filter:cali-fw-cali84b7d149337:rule:7 by filter:cali-pro-kns.default:rule:1',
      'filter:cali-pri-kns.default:rule:2 by filter:cali-pri-kns.default:rule:1',
      'filter:cali-tw-cali5cb173fd42f:rule:5 by filter:cali-pri-kns.default:rule:1',
      'filter:cali-FORWARD:rule:6 by filter:cali-pri-kns.default:rule:1',
    ]);
  });

  test('nesting is the stack of the kernel: a jump goes one deeper, a goto does not', () => {
    const depths = new Map<string, string>();
    for (const { hook, event, depth } of walk.steps) {
      const section = `${hook} ${event.table}`;
      depths.set(section, `${depths.get(section) ?? ''}${depth}`);
    }
    expect([...depths]).toEqual([
      ['PREROUTING raw', '01110'],
      ['PREROUTING mangle', '01210'],
      ['PREROUTING nat', '0121010'],
      ['FORWARD mangle', '0'],
      ['FORWARD filter', '011212223321222332121'],
      ['POSTROUTING mangle', '0'],
      ['POSTROUTING nat', '012121010'],
    ]);
  });
});
