/** What is fuzzed: something that takes a text that nobody has looked at, and where its inputs come from. */
import type { Dice } from '../kernel/generate/dice.ts';
import { excerpt, mangle, noise } from './mangle.ts';
import { type MaterialKind, material } from './material.ts';

export interface Target {
  readonly name: string;
  /** Real input of its kind. */
  readonly kinds: readonly MaterialKind[];
  /** Input made by grammar; null: there is none. */
  readonly make: ((dice: Dice) => string) | null;
  /** Takes the text. @throws if the product does, or breaks a promise */
  readonly run: (text: string, dice: Dice) => void | Promise<void>;
}

/** How an input came about. */
type Origin = 'noise' | 'mangled' | 'made' | 'made and mangled';

export interface Input {
  readonly origin: Origin;
  readonly text: string;
}

function real(target: Target, dice: Dice): string {
  return dice.pick(material(dice.pick(target.kinds)));
}

/** The next input for a target: one in ten is noise, the others are mangled or made. */
export function inputFor(target: Target, dice: Dice): Input {
  const origin = dice.weigh(WEIGHTS).origin;
  const usual = origin === 'noise' || target.make !== null ? origin : 'mangled';
  switch (usual) {
    case 'noise':
      return { origin: usual, text: noise(dice, dice.pick([8, 80, 800])) };
    case 'mangled':
      return { origin: usual, text: mangle(excerpt(real(target, dice), dice), real(target, dice), dice) };
    case 'made':
      return { origin: usual, text: target.make?.(dice) ?? '' };
    case 'made and mangled':
      return { origin: usual, text: mangle(target.make?.(dice) ?? '', real(target, dice), dice) };
  }
}

const WEIGHTS = [
  { origin: 'noise', weight: 1 },
  { origin: 'mangled', weight: 5 },
  { origin: 'made', weight: 2 },
  { origin: 'made and mangled', weight: 2 },
] as const satisfies readonly { readonly origin: Origin; readonly weight: number }[];

/** @throws Error with this text unless it holds */
export function demand(holds: boolean, text: string): asserts holds {
  if (!holds) throw new Error(text);
}
