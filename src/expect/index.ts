/** The door of `expect`: an expectation file → cases; cases, predictions and walks → what is met and what not. */
export { caseContext, judge, untraced } from './judge.ts';
export { checkNames } from './names.ts';
export { Observer } from './observe.ts';
export { expectationsJsonSchema } from './schema.ts';
export { parseSuite, type ReadPacket } from './suite.ts';
