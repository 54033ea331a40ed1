/**
 * The extensions that a save line loads, and to which of them each option belongs: getopt_long over the options
 * of all that are loaded, the last loaded first (libxtables/xtables.c, xtables_merge_options), then the
 * protocol's own extension, which an option of its calls in (iptables/xshared.c, load_proto). What nobody
 * knows belongs to the extension that we do not know.
 */
import type { MatchSyntax } from '../matches/syntax.ts';
import type { TargetSyntax } from '../targets/syntax.ts';
import type { Option } from './options.ts';

export interface Loaded {
  readonly what: 'match' | 'target';
  readonly name: string;
  /** Null: none of ours. */
  readonly syntax: MatchSyntax | TargetSyntax | null;
  /** Pieces of the line that speak of it: `-m name` first, unless an option called it in. */
  readonly pieces: { readonly start: number; readonly end: number }[];
  /** By their full names. */
  readonly options: Option[];
}

/** Where an option belongs. */
export interface Owner {
  readonly loaded: Loaded;
  /** The name that the extension knows it by. */
  readonly name: string;
  /** Words that it takes. */
  readonly arity: number;
}

/** The owner of `--text` among the loaded ones: by its whole name, else by a beginning that fits one option only. */
export function ownerOf(text: string, loaded: readonly Loaded[]): Owner | null {
  for (const extension of loaded.toReversed()) {
    const option = optionNamed(extension, text);
    if (option !== null) return option;
  }
  return null;
}

function optionNamed(loaded: Loaded, text: string): Owner | null {
  const options = loaded.syntax?.options;
  if (options === undefined || !Object.hasOwn(options, text)) return null;
  const entry = options[text];
  if (typeof entry === 'string') return optionNamed(loaded, entry);
  return entry === undefined ? null : { loaded, name: text, arity: entry };
}

/** The options that begin so. */
export function ownersLike(beginning: string, loaded: readonly Loaded[]): readonly Owner[] {
  const owners: Owner[] = [];
  for (const extension of loaded) {
    for (const name of Object.keys(extension.syntax?.options ?? {})) {
      const owner = name.startsWith(beginning) ? optionNamed(extension, name) : null;
      const known =
        owner && owners.some((other) => other.loaded === owner.loaded && other.name === owner.name);
      if (owner !== null && !known) owners.push(owner);
    }
  }
  return owners;
}

/** The match extension that goes with a protocol number. */
export const PROTOCOL_EXTENSIONS: ReadonlyMap<number, string> = new Map([
  [1, 'icmp'],
  [6, 'tcp'],
  [17, 'udp'],
  [33, 'dccp'],
  [50, 'esp'],
  [51, 'ah'],
  [58, 'icmp6'],
  [108, 'ipcomp'],
  [132, 'sctp'],
  [135, 'mh'],
  [136, 'udplite'],
]);
