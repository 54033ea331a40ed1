/**
 * Walks → Chrome's trace event JSON, which Perfetto and chrome://tracing open: a host is a process, a packet a
 * track, and slices within slices are the packet, its hooks, their tables, and the steps with their rules; a step
 * lasts until the next. Times are microseconds since a whole day of the first host's uptime, before its first packet
 * (other hosts are aligned by the wall clock, if the log shows it). The kernel prints whole microseconds: steps of one packet are set an eighth of one
 * apart where it shows none. Eighths of less than 104 days are exact as nanoseconds too, in binary and in decimals: Perfetto drops a slice that overlaps the
 * end of the one around it, were it by a nanosecond. No displayTimeUnit: older versions of it take that for the
 * unit of the times.
 */
import { targetName } from '../model/target.ts';
import type { Step, Walk } from '../model/walk.ts';
import { visible } from '../text/escape.ts';
import { owned } from './own.ts';
import { deciderName, nameOf } from './record.ts';
import type { Renderer } from './renderer.ts';
import { ownText } from './rule-text.ts';
import { endpoints, packetKind } from './verdict.ts';

/** Least distance of two steps, microseconds. */
const TICK = 0.125;
/** The first host's process number. Threads are packets by their numbers, and Perfetto names a thread by its number alone. */
const FIRST_PID = 1_000_000_001;

/** Hosts that are processes of their own: names are input. Those beyond share one. */
const MOST_HOSTS = 10_000;

const DAY = 86_400e6;
/** Packets that began so long before the first one that ended still have a time from zero on, microseconds. */
const EARLIER = 3600e6;

interface Host {
  readonly pid: number;
  readonly name: string;
  /** Microseconds from this host's uptime to the trace's time. */
  readonly offset: number;
}

export function perfettoRenderer(): Renderer {
  const clock = new Clock();
  let separator = '{"traceEvents":[';
  return {
    push: (record) => {
      if (record.type !== 'walk' || record.walk.steps.length === 0) return '';
      let text = '';
      for (const event of eventsOf(record.walk, clock)) {
        text += `${separator}\n${JSON.stringify(event)}`;
        separator = ',';
      }
      return text;
    },
    end: () => [`${separator === ',' ? '' : separator}\n]}\n`],
  };
}

class Clock {
  readonly #hosts = new Map<string | null, Host>();
  /** A host beyond those that are kept was met. */
  #beyond = false;
  /** Wall clock at the first host's boot, microseconds; null: not known. */
  #epoch: number | null = null;
  /** The first host's uptime at the trace's zero, microseconds; null: nothing was seen. */
  #zero: number | null = null;

  /** The host of a walk, and whether it is new. */
  hostOf({ host, steps }: Walk): { readonly host: Host; readonly fresh: boolean } {
    const known = this.#hosts.get(host);
    if (known !== undefined) return { host: known, fresh: false };
    const event = steps[0]?.event;
    const boot = event?.time == null ? null : event.time * 1000 - (event.uptime ?? 0) * 1e6;
    if (this.#hosts.size === 0) this.#epoch = boot;
    const offset = boot === null || this.#epoch === null ? 0 : boot - this.#epoch;
    const pid = FIRST_PID + this.#hosts.size;
    if (this.#hosts.size >= MOST_HOSTS) {
      const fresh = !this.#beyond;
      this.#beyond = true;
      return { host: { pid, name: 'other hosts', offset }, fresh };
    }
    const name = host === null ? 'host' : owned(host);
    const made = { pid, name, offset };
    this.#hosts.set(host === null ? null : name, made);
    return { host: made, fresh: true };
  }

  /** When each step was, microseconds, rising. Where nothing tells the time, a line is a microsecond. */
  timesOf({ steps }: Walk, { offset }: Host): readonly number[] {
    let last = Number.NEGATIVE_INFINITY;
    return steps.map(({ event: { uptime, time, line } }) => {
      const wall = time === null || this.#epoch === null ? line : time * 1000 - this.#epoch;
      const shown = uptime === null ? wall : uptime * 1e6 + offset;
      this.#zero ??= Math.floor((shown - EARLIER) / DAY) * DAY;
      last = Math.max(Math.round((shown - this.#zero) / TICK) * TICK, last + TICK);
      return last;
    });
  }
}

function* eventsOf(walk: Walk, clock: Clock): Generator<object> {
  const { host, fresh } = clock.hostOf(walk);
  const place = { pid: host.pid, tid: walk.n };
  if (fresh) {
    yield { ph: 'M', name: 'process_name', pid: host.pid, args: { name: visible(host.name) } };
  }
  const title = visible(`#${walk.n} ${endpoints(walk.packet)} ${packetKind(walk.packet)}`);
  yield { ph: 'M', name: 'thread_name', ...place, args: { name: title } };
  yield { ph: 'M', name: 'thread_sort_index', ...place, args: { sort_index: walk.n } };
  const times = clock.timesOf(walk, host);
  const end = (times.at(-1) ?? 0) + TICK;
  const slice = (name: string, from: number, to: number, args: object, cat = 'walk'): object => ({
    ph: 'X',
    cat,
    name: visible(name),
    ...place,
    ts: from,
    dur: to - from,
    args,
  });
  const by = deciderName(walk);
  yield slice(`${walk.disposition}${by === null ? '' : ` by ${by}`}`, times[0] ?? 0, end, {
    check: walk.check.status,
    ...(walk.check.divergence === null ? {} : { divergence: shownArgs(walk.check.divergence) }),
  });
  for (const hook of runs(walk.steps, ({ hook }) => hook)) {
    yield slice(hook.name, times[hook.from] ?? 0, times[hook.to] ?? end, {});
    const steps = walk.steps.slice(hook.from, hook.to);
    for (const table of runs(steps, ({ event }) => event.table)) {
      const from = hook.from + table.from;
      const to = hook.from + table.to;
      yield slice(table.name, times[from] ?? 0, times[to] ?? end, { steps: to - from });
      for (let i = from; i < to; i++) {
        const step = walk.steps[i];
        if (step === undefined) continue;
        yield slice(nameOf(step), times[i] ?? 0, times[i + 1] ?? end, stepArgs(step), 'step');
      }
    }
  }
}

interface Run {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** Neighbours of one name, together. */
function runs(steps: readonly Step[], nameAt: (step: Step) => string): readonly Run[] {
  const found: Run[] = [];
  steps.forEach((step, i) => {
    const name = nameAt(step);
    const last = found.at(-1);
    if (last?.name === name) found[found.length - 1] = { ...last, to: i + 1 };
    else found.push({ name, from: i, to: i + 1 });
  });
  return found;
}

function stepArgs({ event, place, changes, between }: Step): object {
  const rule = place.kind === 'rule' ? place.rule : null;
  const target = rule === null ? null : targetName(rule.target);
  return {
    log: visible(`${event.file}:${event.line}`),
    ...(event.uptime === null ? {} : { uptime: event.uptime }),
    ...(rule === null ? {} : { rule: visible(ownText(rule)) }),
    ...(rule === null ? {} : { source: visible(`${rule.source.file}:${rule.source.line}`) }),
    ...(target === null ? {} : { target: visible(target) }),
    ...(changes === null ? {} : { changes: shownArgs(changes) }),
    ...(between === undefined ? {} : { between: shownArgs(between) }),
  };
}

/** A value with every text in it made visible. */
function shownArgs(value: object): unknown {
  return JSON.parse(JSON.stringify(value), (_, each: unknown) =>
    typeof each === 'string' ? visible(each) : each,
  );
}
