/** The chains of a block by name, without reading a rule: what tells which table it is. */
import { isHook } from '../model/hook.ts';
import type { Block, CommandBlock } from './draft.ts';

export interface ChainNames {
  /** Chains with a policy; in -S also a hook's name that nothing declares a user chain. */
  readonly builtin: readonly string[];
  readonly user: readonly string[];
}

/** Told of a chain, perhaps again. */
type Note = (name: string, isBuiltin: boolean) => void;

/** The names of a block's chains, in its order. */
export function chainNamesOf(block: Block): ChainNames {
  const builtin = new Set<string>();
  const user = new Set<string>();
  const note: Note = (name, isBuiltin) => {
    if (!builtin.has(name) && !user.has(name)) (isBuiltin ? builtin : user).add(name);
  };
  if (block.form !== 'list') noteDeclared(block, note);
  else for (const { heading } of block.chains) note(heading.name, heading.policy !== null);
  return { builtin: [...builtin], user: [...user] };
}

function noteDeclared(block: CommandBlock, note: Note): void {
  for (const statement of block.statements) {
    if ('heading' in statement) {
      note(statement.heading.name, isHook(statement.heading.name));
    } else if (block.form === 'S') {
      // A save declares every chain that has a say in which table it is, which the save names itself.
      const [, command, name = ''] = /^(?:\[\d+:\d+\] )?-([PNAI]) (\S+)/.exec(statement.text) ?? [];
      if (name !== '') note(name, command === 'P' || (command !== 'N' && isHook(name)));
    }
  }
}
