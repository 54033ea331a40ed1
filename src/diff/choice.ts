/**
 * Which packets are compared, and which flows are told of. A flow is chosen whole, by any of its packets on
 * either side: a packet that now fares otherwise is not left out on the side where it does.
 */
import type { Walk } from '../model/walk.ts';

export interface Choice {
  /** Whether the packet counts at all: it is of the time that was asked for. */
  counts(walk: Walk): boolean;
  /** Whether its flow is to be told of. */
  chooses(walk: Walk): boolean;
}
