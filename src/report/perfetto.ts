/**
 * Walks → Chrome's trace event JSON, which Perfetto and chrome://tracing open: a host is a process, a packet a
 * track, a hook a slice with its tables inside, a step an instant with its rule. Times are microseconds since
 * the first host's boot (other hosts are aligned by the wall clock, if the log shows it). The kernel prints
 * whole microseconds: steps of one packet are set 0.1 µs apart where it shows none.
 */
import { targetName } from '../model/target.ts';
import type { Step, Walk } from '../model/walk.ts';
import { visible } from '../text/escape.ts';
import { deciderName, nameOf } from './record.ts';
import type { Renderer } from './renderer.ts';
import { ownText } from './rule-text.ts';
import { endpoints, packetKind } from './verdict.ts';

/** Least distance of two steps, microseconds. */
const TICK = 0.1;

interface Host {
  readonly pid: number;
  /** Microseconds from this host's uptime to the trace's time. */
  readonly offset: number;
}

export function perfettoRenderer(): Renderer {
  const clock = new Clock();
  let separator = '{"displayTimeUnit":"ns","traceEvents":[';
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
  /** Wall clock at the trace's zero, microseconds; null: not known. */
  #epoch: number | null = null;

  /** The host of a walk, and whether it is new. */
  hostOf({ host, steps }: Walk): { readonly host: Host; readonly fresh: boolean } {
    const known = this.#hosts.get(host);
    if (known !== undefined) return { host: known, fresh: false };
    const event = steps[0]?.event;
    const boot = event?.time == null ? null : event.time * 1000 - (event.uptime ?? 0) * 1e6;
    if (this.#hosts.size === 0) this.#epoch = boot;
    const offset = boot === null || this.#epoch === null ? 0 : boot - this.#epoch;
    const made = { pid: this.#hosts.size + 1, offset };
    this.#hosts.set(host, made);
    return { host: made, fresh: true };
  }

  /** When each step was, microseconds, rising. Where nothing tells the time, a line is a microsecond. */
  timesOf({ steps }: Walk, { offset }: Host): readonly number[] {
    let last = Number.NEGATIVE_INFINITY;
    return steps.map(({ event: { uptime, time, line } }) => {
      const wall = time === null || this.#epoch === null ? line : time * 1000 - this.#epoch;
      const shown = uptime === null ? wall : uptime * 1e6 + offset;
      last = Math.round(Math.max(shown, last + TICK) * 10) / 10;
      return last;
    });
  }
}

function* eventsOf(walk: Walk, clock: Clock): Generator<object> {
  const { host, fresh } = clock.hostOf(walk);
  const place = { pid: host.pid, tid: walk.n };
  if (fresh) {
    const name = visible(walk.host ?? 'host');
    yield { ph: 'M', name: 'process_name', pid: host.pid, tid: 0, args: { name } };
  }
  const title = visible(`#${walk.n} ${endpoints(walk.packet)} ${packetKind(walk.packet)}`);
  yield { ph: 'M', name: 'thread_name', ...place, args: { name: title } };
  yield { ph: 'M', name: 'thread_sort_index', ...place, args: { sort_index: walk.n } };
  const times = clock.timesOf(walk, host);
  const end = (times.at(-1) ?? 0) + TICK;
  const slice = (name: string, from: number, to: number, args: object): object => {
    const dur = Math.round((to - from) * 10) / 10;
    return { ph: 'X', cat: 'walk', name: visible(name), ...place, ts: from, dur, args };
  };
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
        if (step !== undefined) yield instant(step, place, times[i] ?? 0);
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

function instant(step: Step, place: { readonly pid: number; readonly tid: number }, ts: number): object {
  const { event, place: means, changes, between } = step;
  const rule = means.kind === 'rule' ? means.rule : null;
  const target = rule === null ? null : targetName(rule.target);
  return {
    ph: 'i',
    s: 't',
    cat: 'step',
    name: visible(nameOf(step)),
    ...place,
    ts,
    args: {
      log: visible(`${event.file}:${event.line}`),
      ...(rule === null ? {} : { rule: visible(ownText(rule)) }),
      ...(rule === null ? {} : { source: visible(`${rule.source.file}:${rule.source.line}`) }),
      ...(target === null ? {} : { target: visible(target) }),
      ...(changes === null ? {} : { changes: shownArgs(changes) }),
      ...(between === undefined ? {} : { between: shownArgs(between) }),
    },
  };
}

/** A value with every text in it made visible. */
function shownArgs(value: object): unknown {
  return JSON.parse(JSON.stringify(value), (_, each: unknown) =>
    typeof each === 'string' ? visible(each) : each,
  );
}
