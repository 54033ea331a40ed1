/** Chains and rules that expectations name and the rules do not have: a guard that looks at nothing. */
import { type Diagnostic, diagnostic } from '../model/diagnostic.ts';
import type { ExpectationCase, PlaceName } from '../model/expectation.ts';
import type { Ruleset } from '../model/ruleset.ts';

/** One warning for each name that a case's family of tables lacks. */
export function checkNames(cases: readonly ExpectationCase[], ruleset: Ruleset): readonly Diagnostic[] {
  return cases.flatMap(({ packet, expectations }) =>
    expectations.flatMap(({ wanted, at }) => {
      const place = 'place' in wanted ? wanted.place : null;
      if (place === null || isThere(place, ruleset, packet.family)) return [];
      const { table, chain, number } = place;
      const name = number === null ? `chain ${chain}` : `rule ${chain}:${number}`;
      return [
        diagnostic('expect.no-chain', at, { name: table === null ? name : `${name} in table ${table}` }),
      ];
    }),
  );
}

/** True also where the table was not given: then nothing tells. The number after the last rule is the end. */
function isThere({ table, chain, number }: PlaceName, { tables }: Ruleset, family: string): boolean {
  const looked = tables.filter((each) => each.family === family && (table === null || each.name === table));
  if (looked.length === 0) return true;
  return looked.some(({ chains }) => {
    const rules = chains.get(chain)?.rules;
    return rules !== undefined && (number === null || number <= rules.length + 1);
  });
}
