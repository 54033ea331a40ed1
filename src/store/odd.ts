/**
 * What does not fit the compact form of a walk (a line cut by the kernel, a rotated file, a change that two
 * lines do not show) → JSON by step, so that nothing of a walk is lost.
 */
import type { Step } from '../model/walk.ts';

/** Fields of a step that do not follow from its path and its walk. */
export interface Odd {
  file?: string;
  host?: string | null;
  level?: number | null;
  uptime?: number | null;
  time?: number | null;
  stamp?: string | null;
  cut?: boolean;
  text?: string;
  changes?: Step['changes'];
  between?: Step['changes'];
}

/** The oddities of one walk. */
export class OddSteps {
  private readonly steps = new Map<number, Odd>();

  set(step: number, fields: Odd): void {
    this.steps.set(step, { ...this.steps.get(step), ...fields });
  }

  /** Null if there are none. */
  json(): string | null {
    return this.steps.size === 0 ? null : JSON.stringify(Object.fromEntries(this.steps));
  }
}
