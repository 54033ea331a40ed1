/** The chains of a block by name, without reading a rule: what tells which table it is. */
import { isHook } from '../model/hook.ts';
import type { Block, CommandBlock } from './draft.ts';

export interface ChainNames {
  /** Chains with a policy; in -S also a hook's name that nothing declares a user chain. */
  readonly builtin: readonly string[];
  readonly user: readonly string[];
}

/** The names of a block's chains, in its order. */
export function chainNamesOf(block: Block): ChainNames {
  const builtin = new Set<string>();
  const user = new Set<string>();
  for (const [name, isBuiltin] of block.form === 'list' ? listed(block.chains) : declared(block)) {
    if (!builtin.has(name) && !user.has(name)) (isBuiltin ? builtin : user).add(name);
  }
  return { builtin: [...builtin], user: [...user] };
}

type Named = readonly [name: string, isBuiltin: boolean];

function listed(chains: Extract<Block, { form: 'list' }>['chains']): readonly Named[] {
  return chains.map(({ heading }) => [heading.name, heading.policy !== null] as const);
}

function* declared(block: CommandBlock): Generator<Named> {
  for (const statement of block.statements) {
    if (statement.kind === 'chain') {
      yield [statement.heading.name, isHook(statement.heading.name)];
      continue;
    }
    // A save declares every chain that has a say in which table it is, which the save names itself.
    if (block.form === 'save') continue;
    const [, command = '', name = ''] = /^(?:\[\d+:\d+\] )?-([PNAI]) (\S+)/.exec(statement.text) ?? [];
    if (name !== '') yield [name, command === 'P' || (command !== 'N' && isHook(name))];
  }
}
