/** Every packet that a real kernel logged under these very rules agrees with them. */
import { expect, describe as group, test } from 'vitest';
import { FUZZ, readCapture, SCENARIOS, walksOf } from './capture.ts';
import { check, describe } from './check.ts';

/** Rules that leave a packet's way to chance, or keep a state that starts before the log. */
const CHANCE = /-m (?:statistic|limit|hashlimit)\b/;
/** A TRACE line never shows bit 0 of the TOS byte: a rule that asks for it asks what only the wire knew. */
const UNSHOWN = /^the packet's TOS is (?:not )?0x/;

group.each([...SCENARIOS, ...FUZZ])('%s', (name) => {
  test.each(['rules.save', 'rules.list'] as const)('agrees with %s', (form) => {
    const capture = readCapture(name, form);
    const { walks, findings } = check(walksOf(capture), capture.ruleset, capture.context);
    expect(walks.map(({ n }) => n)).toEqual(capture.lines.map((_, i) => i + 1));
    expect(walks.filter((walk) => walk.check.status !== 'agrees').map(describe)).toEqual([]);
    expect(findings).toEqual([]);
    if (form !== 'rules.save' || capture.context.connections === null) return;
    const rules = capture.ruleset.tables.flatMap((table) =>
      [...table.chains.values()].flatMap((chain) => chain.rules),
    );
    if (rules.some(({ text }) => CHANCE.test(text))) return;
    const assuming = walks.filter(({ check: { assumptions } }) =>
      assumptions.some(({ fact }) => !UNSHOWN.test(fact)),
    );
    expect(assuming.map(describe)).toEqual([]);
  });
});
