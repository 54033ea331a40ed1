/** The verdicts of ip_tables itself, jumps, and targets that send the packet elsewhere. */

import { TCP_FLAGS } from '../../model/packet.ts';
import type {
  JumpTarget,
  NfqueueTarget,
  RejectTarget,
  SynproxyTarget,
  UnknownTarget,
  VerdictTarget,
} from '../../model/target.ts';
import { rejection } from '../answers.ts';
import { bits, exact } from '../bits.ts';
import { openFlags } from '../open-field.ts';
import type { Run } from '../run.ts';
import { ACCEPT, type Action, CONTINUE, DROP, type Effect, RETURN } from './verdict.ts';

export const verdict: Effect<VerdictTarget> = (target, run) => {
  switch (target.verdict) {
    case 'ACCEPT':
      return ACCEPT;
    case 'DROP':
      return DROP;
    case 'RETURN':
      return RETURN;
    case 'QUEUE':
      return queue(run, '0', false);
  }
};

export const jump: Effect<JumpTarget> = ({ chain, goto }) => ({ kind: 'jump', chain, goto });

/** A program decides; without one the packet is dropped, or passes with `--queue-bypass`. */
function queue(run: Run, number: string, bypass: boolean): Action {
  const place = `${run.rule?.table}:${run.rule?.chain}:${run.rule?.number} ${run.visit}`;
  const kept = { fact: `queue ${number} did not give the packet back`, probability: null, holds: null };
  const accepted = { fact: `queue ${number} let the packet go on`, probability: null, holds: null };
  const repeated = {
    fact: `queue ${number} sent the packet through the table again`,
    probability: null,
    holds: null,
  };
  const index = run.ask.choose({
    kind: 'chance',
    key: `queue ${number} ${place}`,
    scope: 'packet',
    why: 'a program decides what becomes of a queued packet',
    settledBy: null,
    rule: run.rule,
    match: null,
    answers: bypass ? [accepted, kept, repeated] : [kept, accepted, repeated],
  });
  const dropped = index === (bypass ? 1 : 0);
  if (!dropped) askVerdictMark(run, number);
  if (index === 2) return { kind: 'repeat' };
  return !dropped ? ACCEPT : { kind: 'end', disposition: 'queued', ending: null };
}

/** The program may have set the mark with its verdict (NFQA_MARK). */
function askVerdictMark(run: Run, number: string): void {
  const { skb, ask } = run;
  const before = exact(skb.mark);
  const mark = ask.fillNumber({
    kind: 'chance',
    key: `queue ${number} mark ${run.visit}`,
    scope: 'packet',
    why: 'a program decides what becomes of a queued packet',
    settledBy: null,
    rule: run.rule,
    match: null,
    field: 'mark',
    allows: () => true,
    fact: (value) => (value === before ? '' : `queue ${number} set the mark to 0x${value.toString(16)}`),
    likely: before,
  });
  if (mark !== undefined) skb.mark = bits(mark);
}

export const nfqueue: Effect<NfqueueTarget> = ({ queues, bypass }, run) =>
  queue(run, queues.from === queues.to ? String(queues.from) : `${queues.from}-${queues.to}`, bypass);

/** The answer goes its own way before the packet is dropped; a reset closes the connection (nf_ct_set_closing). */
export const reject: Effect<RejectTarget> = (target, run) => {
  const { skb, connections } = run;
  const answer = rejection(skb, target.with, run.routing, run.ask);
  if (answer !== null) {
    run.callForth(answer);
    if (answer.kind === 'reset' && skb.ct.kind === 'tracked' && skb.ct.tracked.connection.tcp !== null) {
      const { tracked } = skb.ct;
      const { tcp } = tracked.connection;
      if (tcp !== null) connections.change(tracked, { tcp: { ...tcp, state: 'CL' } });
    }
  }
  return { kind: 'end', disposition: 'rejected', ending: null };
};

/** synproxy_tg: SYN and ACK of the handshake end here, other packets go on. */
export const synproxy: Effect<SynproxyTarget> = (_target, { skb, ask, rule }) => {
  const { flags } = skb;
  const handshake = TCP_FLAGS.SYN | TCP_FLAGS.ACK | TCP_FLAGS.FIN | TCP_FLAGS.RST;
  const opens = (all: number): boolean =>
    (all & handshake) === TCP_FLAGS.SYN || (all & handshake) === TCP_FLAGS.ACK;
  if (flags !== undefined) return opens(flags) ? DROP : CONTINUE;
  const outcome = openFlags(skb, 'SYN or ACK alone', opens, {
    yes: "the packet's TCP flags are SYN or ACK alone",
    no: "the packet's TCP flags are not SYN or ACK alone",
  });
  return ask.holds(outcome, { rule, match: null }) ? DROP : CONTINUE;
};

/** A target that we do not know: it may continue or stop. */
export const unknown: Effect<UnknownTarget> = ({ name }, run) => {
  const place = `${run.rule?.table}:${run.rule?.chain}:${run.rule?.number}`;
  const index = run.ask.choose({
    kind: 'packet',
    key: `target ${name} ${place} ${run.visit}`,
    scope: 'packet',
    why: `what ${name} does is not known`,
    settledBy: null,
    rule: run.rule,
    match: null,
    answers: [
      { fact: `${name} in ${place} went on to the next rule`, probability: null, holds: null },
      { fact: `${name} in ${place} accepted the packet`, probability: null, holds: null },
      { fact: `${name} in ${place} dropped the packet`, probability: null, holds: null },
    ],
  });
  return index === 1 ? ACCEPT : index === 2 ? DROP : CONTINUE;
};
