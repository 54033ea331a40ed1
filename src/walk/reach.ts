/**
 * Ways into a chain when lines are missing: which jumps, from where a walk stood, lead to it. Used to say
 * where a walk is after lost lines, and which lines must have been lost.
 */
import type { CallSite, ChainProgram } from './program.ts';
import { type Frame, pushFrame } from './stack.ts';

/** A place where a table can go on: after rule `number` of `chain`. */
export interface Position {
  readonly chain: ChainProgram;
  readonly number: number;
  readonly frames: Frame | null;
}

export interface Ways {
  /** Whether any way leads there. */
  readonly found: boolean;
  /** The stack in the chain; undefined if several ways lead there. */
  readonly frames: Frame | null | undefined;
  /** The position and the jumps of the only way, outermost first; null if there are several. */
  readonly path: { readonly from: Position; readonly calls: readonly CallSite[] } | null;
}

/** How many chains a search visits before it calls the matter open. */
const VISITS = 512;
const DEEPEST = 64;

/**
 * The ways into `chain` from the positions. Null if that cannot be told: the chain's rules are not known.
 */
export function stackInto(chain: ChainProgram, positions: readonly Position[]): Ways | null {
  if (!chain.given) return null;
  let visits = 0;
  let ways = 0;
  let path: Ways['path'] = null;

  function visit(callee: ChainProgram, calls: readonly CallSite[]): void {
    if (++visits > VISITS || calls.length > DEEPEST) return;
    for (const site of callee.table.callers(callee)) {
      if (ways > 1 || visits > VISITS) return;
      const route = [site, ...calls];
      for (const position of positions) {
        if (position.chain !== site.chain || site.number <= position.number) continue;
        ways++;
        path = { from: position, calls: route };
      }
      visit(site.chain, route);
    }
  }

  visit(chain, []);
  const found = ways > 0 || visits > VISITS;
  const only: Ways['path'] = ways === 1 && visits <= VISITS ? path : null;
  return { found, path: only, frames: only === null ? undefined : framesOf(only) };
}

function framesOf(path: NonNullable<Ways['path']>): Frame | null {
  let frames = path.from.frames;
  for (const site of path.calls) if (!site.goto) frames = pushFrame(frames, site.chain, site.number);
  return frames;
}
