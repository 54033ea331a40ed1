/** What tones look like on a terminal. */
import picocolors from 'picocolors';
import { PLAIN_STYLE, type Style } from '../report/index.ts';

/** Tones in colours that read on a dark and on a light ground. */
export function styleFor(colour: boolean): Style {
  if (!colour) return PLAIN_STYLE;
  const { bold, dim, green, red, yellow, cyan } = picocolors.createColors(true);
  return {
    plain: (text) => text,
    strong: bold,
    muted: dim,
    code: (text) => text,
    good: green,
    bad: (text) => bold(red(text)),
    warn: yellow,
    change: cyan,
  };
}
