/** What a path has come to: how it ends, and where. */

import type { LoggedStep } from '../model/oracle.ts';
import type { Ending } from '../model/prediction.ts';
import type { Disposition } from '../model/walk.ts';

export interface End {
  readonly disposition: Disposition;
  readonly ending: Ending | null;
  readonly decidedBy: LoggedStep | null;
}

export function vanished(ending: Ending): End {
  return { disposition: 'vanished', ending, decidedBy: null };
}
