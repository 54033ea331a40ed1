/** What to look at next, for each kind of finding: commands and places, not guesses about causes. */
import type { FindingCode } from '../model/finding.ts';

type Args = Readonly<Record<string, string | number>>;

/** The rules are not those that were traced: the same advice for each way in which it shows. */
const SAVE_RULES =
  'save the rules again at the time of the trace (iptables-save -c), and find out who changed them meanwhile';

export const FINDING_ADVICE = {
  'check.stale-context': ({ command = '' }: Args) => `save it again while the trace runs: ${command}`,
  'check.late-snapshot': () =>
    'nothing, if the assumptions about connections are right; else trace again, with conntrack -L saved before the first packet',
  'check.setting': () => 'save sysctl -a beside the log, and see whether the setting is meant to be so',
  'check.all-end': () =>
    'what stood there while it was traced: save the rules and their counters again (iptables-save -c), and see what else drops packets there (nft list ruleset); or whether the log was cut or filtered before it came here',
  'check.all-lack': () =>
    'the rule that should print it, as it was while it was traced (iptables-save -c); whether its table was loaded then (listing a table loads it); or whether the log was filtered before it came here',
  'rules.foreign': () =>
    'on which host, in which network namespace and when the rules were saved, and the log taken (iptables-save -c there)',
  'rules.unknown-chain': () => SAVE_RULES,
  'rules.past-end': () => SAVE_RULES,
  'rules.inserted': () => SAVE_RULES,
  'rules.deleted': () => SAVE_RULES,
  'rules.moved': () => SAVE_RULES,
  'rules.changed': () => SAVE_RULES,
  'check.order': () => 'trace fewer packets at once: a narrower TRACE rule',
} satisfies Record<FindingCode, (args: Args) => string>;

/** For packets that did not go as the rules say. */
export const DIVERGENCE_ADVICE =
  'whether the saved rules and context are those of the traced moment; then the condition named here, against the packet’s own line';

export const LOSS_ADVICE =
  'a narrower TRACE rule, or a larger kernel log (log_buf_len=, journald’s RateLimitBurst=)';
