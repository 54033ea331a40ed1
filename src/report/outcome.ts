/** What a run comes to: whether there is something to object to, and whether its inputs could be read. */
import type { AnalysisRecord } from '../model/analysis.ts';

/**
 * Folds records into the exit code of a command: 0 nothing to object to, 1 findings (a walk that
 * diverges), 2 an input that cannot be read. What cannot be read weighs more: what was found is not all.
 */
export class Outcome {
  private findings = false;
  private unreadable = false;

  push(record: AnalysisRecord): void {
    if (record.type === 'walk' && record.walk.check.status === 'diverges') this.findings = true;
    if (record.type === 'diagnostic' && record.diagnostic.severity === 'error') this.unreadable = true;
  }

  get exitCode(): 0 | 1 | 2 {
    return this.unreadable ? 2 : this.findings ? 1 : 0;
  }
}
