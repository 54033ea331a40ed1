/** `-j TRACE` has no options and prints none. */
import type { TraceTarget } from '../../model/target.ts';
import type { TargetSyntax } from './syntax.ts';

export const trace: TargetSyntax<TraceTarget> = {
  names: ['TRACE'],
  options: {},
  fromSave: () => ({ kind: 'TRACE' }),
  fromList: () => ({ kind: 'TRACE' }),
  print: () => '-j TRACE',
};
