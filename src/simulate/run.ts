/** What a match or target may look at and act on while a table runs over a packet. */
import type { Hook, TableName } from '../model/hook.ts';
import type { Match } from '../model/match.ts';
import type { PacketSpec } from '../model/packet-spec.ts';
import type { Rule, RulesetForm } from '../model/ruleset.ts';
import type { Asker } from './ask.ts';
import type { ConnectionView } from './connection-view.ts';
import type { Host } from './host.ts';
import type { Origins } from './origins.ts';
import type { RecentView } from './recent.ts';
import type { Routing } from './routing.ts';
import type { SetView } from './sets.ts';
import type { CtState, Skb } from './skb.ts';

/** A packet that this one made the kernel send: an error, a reset, a copy. `ct` is what it inherits. */
export interface CalledForth {
  readonly kind: 'error' | 'reset' | 'copy';
  readonly spec: PacketSpec;
  readonly ct: CtState;
}

export interface Run {
  readonly callForth: (packet: CalledForth) => void;
  readonly skb: Skb;
  readonly host: Host;
  readonly routing: Routing;
  readonly ask: Asker;
  readonly connections: ConnectionView;
  readonly sets: SetView;
  readonly recent: RecentView;
  readonly origins: Origins;
  hook: Hook;
  table: TableName;
  /** How the table's rules were printed: a listing loses more. */
  form: RulesetForm;
  /** The rule that is looked at. */
  rule: Rule | null;
  match: Match | null;
  /** Counts the rules that were looked at: chance is asked anew each time. */
  visit: number;
}
