/**
 * Whether a stream gets colour: decided for each stream on its own, by the option, then NO_COLOR,
 * FORCE_COLOR, TERM=dumb, and whether it is a terminal at all.
 */

export const COLOUR_CHOICES = ['auto', 'always', 'never'] as const;
export type ColourChoice = (typeof COLOUR_CHOICES)[number];

/** @param env NO_COLOR counts if it is not empty; FORCE_COLOR unless it is 0 or false. */
export function wantsColour(
  choice: ColourChoice,
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  if (choice !== 'auto') return choice === 'always';
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  const force = env['FORCE_COLOR'];
  if (force !== undefined) return force !== '0' && force !== 'false';
  return env['TERM'] !== 'dumb' && stream.isTTY === true;
}
