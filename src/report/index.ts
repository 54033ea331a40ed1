/** The door of `report`: what people and machines get to see of an analysis, and what a run comes to. */
export { type DiffFormat, renderDifference } from './diff-renderer.ts';
export {
  type ExpectationFormat,
  openExpectationRenderer,
} from './expectation-renderer.ts';
export { type Filter, isFiltering, NO_FILTER, type RuleName, Selection } from './filter.ts';
export { analysisJsonSchema, differenceJsonSchema, simulationJsonSchema } from './json-schema.ts';
export { Outcome } from './outcome.ts';
export type { IncidentEdge, PostmortemOptions } from './postmortem.ts';
export {
  openPredictionRenderer,
  type PredictionFormat,
  type PredictionRenderer,
} from './prediction-renderer.ts';
export { diagnosticRecord } from './record.ts';
export { Redaction } from './redact.ts';
export {
  type Format,
  openRenderer,
  POSTMORTEM_FORMATS,
  type Renderer,
  type RendererOptions,
  type Spool,
} from './renderer.ts';
export { rulesetOutline, rulesetRecord } from './ruleset-outline.ts';
export type { Page } from './terminal/layout.ts';
export { renderBlocks, renderDiagnostic } from './terminal/render.ts';
export { PLAIN_STYLE, type Style } from './terminal/style.ts';
export { findingText, messageOf } from './wording.ts';
