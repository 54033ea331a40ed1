/**
 * `-m bpf --bytecode "4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0"` ↔ `match bpf 48 0 0 9,…`: extensions/libxt_bpf.c. The
 * listing has not the number of instructions; line/list.ts parts it from the words around it.
 */
import type { BpfMatch } from '../../model/match.ts';
import { type MatchSyntax, words } from './syntax.ts';

const INSTRUCTION = /^[0-9]+ [0-9]+ [0-9]+ [0-9]+$/;

function canonical(bytecode: string): string | null {
  const [count, ...instructions] = bytecode.split(',').map((part) => part.trim().replaceAll(/\s+/g, ' '));
  if (instructions.at(-1) === '') instructions.pop();
  const sound = instructions.length > 0 && instructions.every((text) => INSTRUCTION.test(text));
  return sound && Number(count) === instructions.length ? [count, ...instructions].join(',') : null;
}

export const bpf: MatchSyntax<BpfMatch> = {
  names: ['bpf'],
  options: { bytecode: 1 },
  heads: ['match'],
  fromSave(options) {
    const bytecode = options.value('bytecode', canonical);
    return bytecode === null ? null : { kind: 'bpf', bytecode };
  },
  fromList(tail) {
    const found = tail.take(
      /match bpf ((?:[0-9]+ [0-9]+ [0-9]+ [0-9]+,)*[0-9]+ [0-9]+ [0-9]+ [0-9]+)(?=\s|$)/y,
    );
    const program = found?.[1] ?? '';
    return found === null ? null : { kind: 'bpf', bytecode: `${program.split(',').length},${program}` };
  },
  print: ({ bytecode }) => words('-m bpf --bytecode', `"${bytecode}"`),
};
