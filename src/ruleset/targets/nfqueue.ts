/** `-j NFQUEUE --queue-balance 0:3 --queue-bypass` ↔ `NFQUEUE balance 0:3 bypass`: extensions/libxt_NFQUEUE.c. */
import type { NfqueueTarget } from '../../model/target.ts';
import { parseRange } from '../line/numbers.ts';
import { words } from '../matches/syntax.ts';
import type { TargetSyntax } from './syntax.ts';

const ZERO = { from: 0, to: 0 };

export const nfqueue: TargetSyntax<NfqueueTarget> = {
  names: ['NFQUEUE'],
  options: { 'queue-num': 1, 'queue-balance': 1, 'queue-bypass': 0, 'queue-cpu-fanout': 0 },
  fromSave: (options) => ({
    kind: 'NFQUEUE',
    queues:
      options.value('queue-balance', (word) => parseRange(word, 0xffff)) ??
      options.value('queue-num', (word) => parseRange(word, 0xffff)) ??
      ZERO,
    bypass: options.has('queue-bypass'),
    cpuFanout: options.has('queue-cpu-fanout'),
  }),
  fromList(tail) {
    const found = tail.take(/NFQUEUE (?:num|balance) ([0-9]+(?::[0-9]+)?)( bypass)?( cpu-fanout)?(?=\s|$)/y);
    if (found === null) return null;
    const [, queues = '', bypass, cpuFanout] = found;
    return {
      kind: 'NFQUEUE',
      queues: tail.value(parseRange(queues, 0xffff), ZERO),
      bypass: bypass !== undefined,
      cpuFanout: cpuFanout !== undefined,
    };
  },
  print: ({ queues, bypass, cpuFanout }) =>
    words(
      '-j NFQUEUE',
      queues.from === queues.to
        ? `--queue-num ${queues.from}`
        : `--queue-balance ${queues.from}:${queues.to}`,
      bypass && '--queue-bypass',
      cpuFanout && '--queue-cpu-fanout',
    ),
};
