/**
 * The library. `analyze` is the whole flow as a stream of records; the parsers, the assembler and the
 * renderers can be used one by one. Nothing here touches files, the terminal or the process.
 */
export { type AnalyzeInput, analyze } from './analyze.ts';
export { Checker, type CheckerOptions, type CheckerSink } from './compare/index.ts';
export { type ContextFile, parseContext, recogniseContext } from './context/index.ts';
export { type LogCounts, type LogOptions, LogReader, type LogSink } from './log/index.ts';
export type * from './model/address.ts';
export type * from './model/analysis.ts';
export type * from './model/check.ts';
export type * from './model/context.ts';
export type * from './model/diagnostic.ts';
export type * from './model/evaluator.ts';
export type * from './model/event.ts';
export type * from './model/finding.ts';
export type * from './model/hook.ts';
export type * from './model/match.ts';
export type * from './model/oracle.ts';
export type * from './model/packet.ts';
export type * from './model/packet-spec.ts';
export type * from './model/prediction.ts';
export type * from './model/ruleset.ts';
export type * from './model/source.ts';
export type * from './model/target.ts';
export type * from './model/ternary.ts';
export type * from './model/walk.ts';
export { type Format, openRenderer, type Renderer, type RendererOptions } from './report/index.ts';
export {
  parseRuleset,
  printRuleset,
  type RulesetDraft,
  type RulesetSource,
  recogniseRules,
  type SettledRuleset,
  settleRuleset,
} from './ruleset/index.ts';
export {
  type NumberedPacket,
  openEvaluator,
  parsePacket,
  parsePackets,
  type Questionable,
  type SimulateOptions,
  simulate,
  simulateEach,
} from './simulate/index.ts';
export { Assembler, type AssemblerOptions } from './walk/index.ts';
