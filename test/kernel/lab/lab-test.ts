/** What every kernel test file shares: skipping with the reason, borrowing the machine, giving it back. */
import { afterAll, beforeAll, describe } from 'vitest';
import { borrow, giveBack, whyNoLab } from './machine.ts';

/** Like `describe`, for tests that need the lab; where there can be none, skipped with the reason in the name. */
export function describeLab(name: string, tests: () => void): void {
  const why = whyNoLab();
  describe.skipIf(why !== null)(why === null ? name : `${name} (skipped: ${why})`, () => {
    beforeAll(borrow);
    afterAll(giveBack);
    tests();
  });
}
