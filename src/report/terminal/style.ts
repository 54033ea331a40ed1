/** How tones look. The plain style changes nothing; a coloured one is handed in by who knows the terminal. */
import type { Tone } from '../outline.ts';

/** Wraps text that is already visible; must not change its width. */
export type Style = Readonly<Record<Tone, (text: string) => string>>;

const same = (text: string): string => text;

export const PLAIN_STYLE: Style = {
  plain: same,
  strong: same,
  muted: same,
  code: same,
  good: same,
  bad: same,
  warn: same,
  change: same,
};
