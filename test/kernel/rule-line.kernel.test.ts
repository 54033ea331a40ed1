/**
 * What the kernel's own tools print of random rules, read back: the save line comes back to the letter, and every
 * form of listing gives the same rule. Rules that iptables refuses are passed over.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Family, Network } from '../../src/model/address.ts';
import type { TableName } from '../../src/model/hook.ts';
import type { Match } from '../../src/model/match.ts';
import type { Target } from '../../src/model/target.ts';
import { printRule } from '../../src/ruleset/print.ts';
import { parseListRule, parseSaveRule } from '../../src/ruleset/rule-line.ts';
import { type RandomRule, randomRule } from '../ruleset/line/arbitrary.ts';
import { run } from './lab/command.ts';
import { whyNoLab } from './lab/machine.ts';

const RULES = Number(process.env['KERNEL_RULES'] ?? 150);
const SEED = Number(process.env['KERNEL_SEED'] ?? 1);
const TOOL = { ipv4: 'iptables-legacy', ipv6: 'ip6tables-legacy' } as const;

/** Options of -L, whether they print names, and what the heading would tell. */
const LISTINGS = [
  ['-n -v', true, { verbose: true, numbered: false }],
  ['-n -v -x --line-numbers', true, { verbose: true, numbered: true }],
  ['-n', true, { verbose: false, numbered: false }],
  ['-v', false, { verbose: true, numbered: false }],
] as const;

const reason = whyNoLab();
if (reason !== null) console.warn(`kernel tests of rule lines skipped: ${reason}`);

/** The protocol that a match or target insists on. */
function protocolOf(part: Match | Target, family: Family): number | null {
  if ('ports' in part && part.ports !== null) return 6;
  switch (part.kind) {
    case 'tcp':
    case 'tcpmss':
    case 'TPROXY':
    case 'SYNPROXY':
    case 'TCPMSS':
      return 6;
    case 'continue':
      return part.name === 'ECN' || part.name === 'TCPOPTSTRIP' ? 6 : null;
    case 'udp':
      return 17;
    case 'sctp':
      return 132;
    case 'icmp':
      return family === 'ipv4' ? 1 : 58;
    case 'extension-header':
      return part.name === 'esp'
        ? 50
        : part.name === 'mh'
          ? 135
          : part.name === 'ah' && family === 'ipv4'
            ? 51
            : null;
    default:
      return null;
  }
}

/** The rule with one protocol, and what only other protocols have left out. */
function fitting(rule: RandomRule): RandomRule {
  const { family, target } = rule;
  const first = [target, ...rule.matches]
    .map((part) => protocolOf(part, family))
    .find((number) => number !== null);
  if (first === undefined) return rule;
  const kept = rule.matches.filter((match) => {
    const number = protocolOf(match, family);
    return match.kind !== 'protocol' && (number === null || number === first);
  });
  const header = kept.filter(({ kind }) => HEADER.includes(kind));
  const protocol: Match = { kind: 'protocol', not: false, number: first };
  return { ...rule, matches: [...header, protocol, ...kept.slice(header.length)] };
}
const HEADER: readonly string[] = ['source', 'destination', 'in-interface', 'out-interface'];

/** Where the kernel takes such a rule, tried in order. */
function placesFor(target: Target): readonly (readonly [TableName, string])[] {
  switch (target.kind) {
    case 'REJECT':
    case 'SYNPROXY':
      return [
        ['filter', 'INPUT'],
        ['filter', 'FORWARD'],
      ];
    case 'DNAT':
    case 'REDIRECT':
    case 'NETMAP':
      return [
        ['nat', 'PREROUTING'],
        ['nat', 'OUTPUT'],
      ];
    case 'SNAT':
    case 'MASQUERADE':
      return [['nat', 'POSTROUTING']];
    case 'CT':
    case 'TRACE':
      return [
        ['raw', 'PREROUTING'],
        ['raw', 'OUTPUT'],
      ];
    default:
      return [
        ['mangle', 'FORWARD'],
        ['mangle', 'PREROUTING'],
        ['mangle', 'OUTPUT'],
      ];
  }
}

interface Printed {
  readonly table: TableName;
  readonly chain: string;
  readonly save: string;
  readonly listings: readonly string[];
}

const END = '=== next ===';

/** A shell script that loads each rule where it can, prints it in all forms, and takes it away again. */
function script(rules: readonly RandomRule[], family: Family): string {
  const tool = TOOL[family];
  const tables = ['filter', 'nat', 'mangle', 'raw'];
  const lines = [
    `ipset create foo hash:ip family ${family === 'ipv4' ? 'inet' : 'inet6'}`,
    `ipset create cali40all-hosts hash:ip family ${family === 'ipv4' ? 'inet' : 'inet6'}`,
    ...tables.flatMap((table) =>
      ['u_1', 'KUBE-SVC:X', '[goto]'].map((chain) => `${tool} -t ${table} -N '${chain}'`),
    ),
  ];
  for (const rule of rules) {
    const tries = placesFor(rule.target).map(([table, chain]) => {
      const shown = LISTINGS.map(([options]) => `${tool} -t ${table} -L ${chain} ${options} | tail -n +3`);
      const load = `${tool}-restore -n 2>/dev/null <<'RULE'\n*${table}\n${printRule(rule, chain, family)}\nCOMMIT\nRULE\n`;
      return `if ${load}then echo ${table} ${chain}; ${tool} -t ${table} -S ${chain} | grep -a '^-A'; ${shown.join('; ')}; ${tool} -t ${table} -F ${chain};`;
    });
    lines.push(`${tries.join('\nel')}\nfi`, `echo '${END}'`);
  }
  return lines.join('\n');
}

function printedBy(output: string): readonly (Printed | null)[] {
  return output
    .split(`${END}\n`)
    .slice(0, -1)
    .map((text) => {
      const [place = '', save = '', ...listings] = text.split('\n');
      const [table, chain] = place.split(' ');
      if (table !== 'filter' && table !== 'nat' && table !== 'mangle' && table !== 'raw') return null;
      return { table, chain: chain ?? '', save, listings };
    });
}

/**
 * Without -n a zero address shows as anywhere, whatever its mask: in IPv6, and in both families within conntrack.
 */
function isVague(matches: readonly Match[]): boolean {
  return matches.some((match) => {
    if (match.kind === 'source' || match.kind === 'destination') return isZero(match.network);
    if (match.kind !== 'conntrack') return false;
    return [match.origSrc, match.origDst, match.replSrc, match.replDst].some(
      (side) => side && isZero(side.value),
    );
  });
}

function isZero({ address }: Network): boolean {
  return address.every((word) => word === 0);
}

/** What a listing does not show, and what reads as one: two conntrack matches side by side. */
function shown(matches: readonly Match[], verbose: boolean): readonly Match[] {
  return matches
    .filter(({ kind }) => verbose || (kind !== 'in-interface' && kind !== 'out-interface'))
    .filter((match) => !(match.kind === 'unknown' && match.why === 'lost'))
    .map((match) => (match.kind === 'hashlimit' ? { ...match, name: null } : match));
}

describe.skipIf(reason !== null).each(['ipv4', 'ipv6'] as const)('%s', (family) => {
  test(`${RULES} random rules`, () => {
    const rules = fc.sample(randomRule(family).map(fitting), { numRuns: RULES, seed: SEED });
    const printed = printedBy(run('unshare', ['-n', 'sh', '-s'], script(rules, family)));
    expect(printed).toHaveLength(rules.length);
    let loaded = 0;
    for (const rule of printed) {
      if (rule === null) continue;
      loaded++;
      const { table, chain, save, listings } = rule;
      const [parsed, ...others] = parseSaveRule(save, { family, table });
      if (parsed === undefined || others.length > 0) throw new Error(save);
      expect(parsed.problems, save).toEqual([]);
      expect(printRule(parsed, chain, family)).toBe(save);
      const pairs = parsed.matches.some(
        ({ kind }, i) => kind === 'conntrack' && parsed.matches[i + 1]?.kind === 'conntrack',
      );
      for (const [i, [, numeric, layout]] of LISTINGS.entries()) {
        const listing = listings[i] ?? '';
        if (pairs || (!numeric && isVague(parsed.matches))) continue;
        const listed = parseListRule(listing, { family, layout });
        expect(listed.target, listing).toEqual(parsed.target);
        expect(shown(listed.matches, layout.verbose), listing).toEqual(shown(parsed.matches, layout.verbose));
      }
    }
    console.log(`${family}: ${loaded} of ${rules.length} random rules were loaded and read back`);
    expect(loaded).toBeGreaterThan(rules.length / 3);
  });
});
