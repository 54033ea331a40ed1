/**
 * IPv4 or IPv6? Addresses in the rules settle it, then what the tool's header or a prompt says, then the rest of the
 * same file, then the log, whose TRACE lines name table, chain and family. Comments and quoted text are no
 * evidence: anything may stand there.
 */
import { type Family, parseNetwork } from '../model/address.ts';
import type { Block, SettledFamily } from './draft.ts';
import { chainNamesOf } from './outline.ts';
import type { SeenChains } from './seen.ts';

const QUOTED = /"(?:[^"\\]|\\.)*"?|\/\* .*|prefix [`"].*/gs;
const ADDRESS =
  /(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}(?![\w.])|[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,8}(?:\/\d+)?(?![\w.:]))/g;
const IPV6_WORD = /\b(?:ipv6-icmp(?:type)?|icmpv6|icmp6|icmp6-[a-z-]+|--hl-|HL (?:match|set)|IPv6)\b/;
const IPV4_WORD = /(?<![\w-])(?:icmp|icmptype|icmp-[a-z-]+|--ttl-)\b/;

/** The family that the rules of a block show, or null. */
function shownFamily(block: Block): Family | null {
  for (const text of textsOf(block)) {
    const bare = text.replace(QUOTED, ' ');
    for (const [literal] of bare.matchAll(ADDRESS)) {
      const family = parseNetwork(literal)?.family;
      if (family !== undefined) return family;
    }
    if (IPV6_WORD.test(bare)) return 'ipv6';
    if (IPV4_WORD.test(bare)) return 'ipv4';
  }
  return null;
}

function* textsOf(block: Block): Generator<string> {
  if (block.form === 'list') {
    for (const chain of block.chains) for (const row of chain.rows) yield row.text;
    return;
  }
  for (const statement of block.statements) if (!('heading' in statement)) yield statement.text;
}

/** Settles the family of every block of one source. */
export function settleFamilies(blocks: readonly Block[], seen: SeenChains): readonly SettledFamily[] {
  const told = blocks.map((block): SettledFamily | null => {
    const shown = shownFamily(block);
    if (shown !== null) return { family: shown, by: 'rules' };
    if (block.source.family !== null) return { family: block.source.family, by: 'flag' };
    const header = block.toolFamily ?? block.hint?.family ?? null;
    return header === null ? null : { family: header, by: 'header' };
  });
  const neighbours = told.includes(null) ? byNeighbours(blocks, told) : [];
  return blocks.map((block, i) => {
    const settled = told[i] ?? neighbours[i];
    if (settled != null) return settled;
    const logged = seen.familyWith(chainNamesOf(block).user);
    return logged === null ? { family: 'ipv4', by: 'assumed' } : { family: logged, by: 'log' };
  });
}

/**
 * By the rest of the file: the family on both sides; between two families the one after it if the tables begin anew,
 * which shows in the same chains having come before.
 */
function byNeighbours(
  blocks: readonly Block[],
  told: readonly (SettledFamily | null)[],
): readonly (SettledFamily | null)[] {
  const after: (Family | undefined)[] = [];
  for (let i = blocks.length - 1; i >= 0; i--) after[i] = told[i]?.family ?? after[i + 1];
  const outlines = new Set<string>();
  let before: Family | undefined;
  return blocks.map((block, i) => {
    const outline = `${block.form} ${chainNamesOf(block).builtin.join()}`;
    const again = outlines.has(outline);
    outlines.add(outline);
    before = told[i]?.family ?? before;
    const family = again ? (after[i] ?? before) : (before ?? after[i]);
    return family === undefined ? null : { family, by: 'file' };
  });
}
