/**
 * The kernel's call stack as a walk knows it: frames from the top down, shared between walks and interned,
 * so that two equal stacks are one object. The empty stack is null. After lost lines a stack may hold an
 * open frame: some chain of calls that nobody saw.
 */
import type { ChainProgram } from './program.ts';

export interface Frame {
  /** The chain of the jump; null: an open frame, zero or more jumps that no line showed. */
  readonly chain: ChainProgram | null;
  /** Number of the jump's rule: the kernel goes on after it. 0 in an open frame. */
  readonly number: number;
  /** The frame below. Under an open frame: the stack before lines were lost, which may or may not stand. */
  readonly parent: Frame | null;
  /** Number of frames from here to the bottom. */
  readonly depth: number;
}

/** Deeper calls are taken for open: only made-up lines go there. */
const DEEPEST = 256;

/** Frames of one call site are interned up to this many; beyond, equal stacks may be two objects. */
const INTERNED = 256;
/** Call sites of one chain whose frames are interned: more than any real chain has. */
const SITES = 1 << 16;

/** The stack after the jump of rule `number` of `chain`. */
export function pushFrame(parent: Frame | null, chain: ChainProgram, number: number): Frame {
  const known = chain.frames.get(number);
  for (const frame of known ?? []) if (frame.parent === parent) return frame;
  if (parent !== null && parent.depth >= DEEPEST) return openFrame(null);
  const frame = { chain, number, parent, depth: (parent?.depth ?? 0) + 1 };
  if (known === undefined && chain.frames.size < SITES) chain.frames.set(number, [frame]);
  else if (known !== undefined && known.length < INTERNED) known.push(frame);
  return frame;
}

const OPEN: Frame = { chain: null, number: 0, parent: null, depth: 1 };

/** A stack of which only its possible past is known. */
export function openFrame(past: Frame | null): Frame {
  if (past === null) return OPEN;
  if (past.chain === null) return past;
  return { chain: null, number: 0, parent: past, depth: past.depth + 1 };
}
