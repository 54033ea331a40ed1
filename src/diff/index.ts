/** The door of `diff`: two rule sets, two captures, or a capture and predictions → what sets them apart. */
export { Capture } from './capture.ts';
export { compareCaptures } from './captures.ts';
export type { Choice } from './choice.ts';
export { type Predictor, Rehearsal } from './rehearsal.ts';
export { compareRulesets } from './rulesets.ts';
export { compareSets } from './sets.ts';
