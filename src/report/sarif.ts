/**
 * Records of an analysis → SARIF 2.1.0: what diverges from the rules, at the line of the rule file that says
 * otherwise (packets that diverge alike are one result), findings, and problems of the inputs.
 */
import { isTableName } from '../model/hook.ts';
import { placeOf, type Place as RulePlace, type Ruleset } from '../model/ruleset.ts';
import type { Walk } from '../model/walk.ts';
import { becauseLine } from './because.ts';
import { owned } from './own.ts';
import type { Renderer } from './renderer.ts';
import { type Place, SarifLog, type SarifResult } from './sarif-log.ts';
import { endpoints, packetKind } from './verdict.ts';
import { findingText, messageOf } from './wording.ts';

/** Most ways of diverging that are told apart. */
const MOST_KINDS = 5000;

interface Kind {
  count: number;
  readonly result: SarifResult;
}

export function sarifRenderer(): Renderer {
  const log = new SarifLog(aboutOf);
  const kinds = new Map<string, Kind>();
  let ruleset: Ruleset | null = null;
  let partial = false;
  return {
    push: (record) => {
      switch (record.type) {
        case 'rules':
          ruleset = record.ruleset;
          return '';
        case 'walk':
          addWalk(kinds, record.walk, ruleset);
          return '';
        case 'diagnostic': {
          const { code, severity, at, excerpt } = record.diagnostic;
          const place = { file: at.file, line: at.line, column: excerpt === null ? null : at.column };
          return log.result({
            ruleId: code,
            severity,
            message: messageOf(record.diagnostic),
            at: place,
            related: [],
          });
        }
        case 'finding': {
          const { code, severity, at } = record.finding;
          const place = at === null ? null : { file: at.file, line: at.line, column: null };
          return log.result({
            ruleId: code,
            severity,
            message: findingText(record.finding),
            at: place,
            related: [],
          });
        }
        case 'summary':
          partial = record.summary.partial;
          return '';
      }
    },
    *end() {
      for (const { count, result } of kinds.values()) {
        const others = count === 1 ? '' : ` (and ${count - 1} more packets alike)`;
        yield log.result({ ...result, message: result.message + others });
      }
      yield log.end(!partial);
    },
  };
}

function aboutOf(id: string): string {
  if (id === 'walk.diverges') return 'A packet took another way than the rules say.';
  return id.startsWith('check.') || id.startsWith('rules.')
    ? 'The log and what was saved of the host do not fit together.'
    : 'A problem with an input.';
}

function addWalk(kinds: Map<string, Kind>, walk: Walk, ruleset: Ruleset | null): void {
  const { divergence } = walk.check;
  if (divergence === null) return;
  const { expected, observed, because } = divergence;
  const key = JSON.stringify([walk.packet.family, expected, observed, because?.rule, because?.condition]);
  const known = kinds.get(key);
  if (known !== undefined) known.count++;
  else if (kinds.size < MOST_KINDS) kinds.set(key, { count: 1, result: divergenceResult(walk, ruleset) });
}

function divergenceResult(walk: Walk, ruleset: Ruleset | null): SarifResult {
  const { at, expected, observed, because } = walk.check.divergence ?? {
    at: 0,
    expected: null,
    observed: null,
    because: null,
  };
  const reason = becauseLine({ at, expected, observed, because });
  const why = reason.length === 0 ? '' : `; ${reason.map(({ text }) => text).join('')}`;
  const event = (walk.steps[at] ?? walk.steps.at(-1))?.event;
  const names = [because?.rule, expected, observed].filter((name) => name != null);
  const blamed = names.map((name) => sourceOf(name, walk, ruleset)).find((place) => place !== null) ?? null;
  const line = event === undefined ? null : { file: owned(event.file), line: event.line, column: null };
  return {
    ruleId: 'walk.diverges',
    severity: 'error',
    message: owned(
      `packet #${walk.n}, ${endpoints(walk.packet)} ${packetKind(walk.packet)}: the rules say ${expected ?? 'nothing more'}, the kernel ran ${observed ?? 'nothing more'}${why}`,
    ),
    at: blamed ?? line,
    related: blamed === null || line === null ? [] : [{ at: line, message: 'the line of the log' }],
  };
}

/** Where a step (`table:chain:type:number`) or rule (`table:chain:number`) stands in the person's file. */
function sourceOf(name: string, { packet }: Walk, ruleset: Ruleset | null): Place | null {
  const [, table = '', chain = '', number = ''] =
    /^([^:]+):(.+?)(?::(?:rule|return|policy))?:(\d+)$/.exec(name) ?? [];
  if (ruleset === null || !isTableName(table)) return null;
  return placeInFile(placeOf(ruleset, packet.family, { table, chain, number: Number(number) }));
}

/** The line of a rule, or of the chain whose end or policy is meant; null if neither stands in a file. */
export function placeInFile(place: RulePlace): Place | null {
  if (place.kind === 'rule')
    return { file: place.rule.source.file, line: place.rule.source.line, column: null };
  if (place.kind !== 'return' && place.kind !== 'policy') return null;
  const { source } = place.chain;
  return source === null ? null : { file: source.file, line: source.line, column: null };
}
