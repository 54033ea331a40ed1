/** The evaluator as others drive it: runs that change nothing until they are taken, and what an oracle is asked. */
import { describe, expect, test } from 'vitest';
import type { Evaluator, Run, RunOptions } from '../../src/model/evaluator.ts';
import type { Choice, LoggedStep, Oracle } from '../../src/model/oracle.ts';
import type { Ruleset } from '../../src/model/ruleset.ts';
import { evaluatorOpener, openEvaluator } from '../../src/simulate/index.ts';
import { packet, router, rules } from './host.ts';

const SYN = packet(
  'in=in0 src=10.1.0.9 dst=10.2.0.9 proto=tcp sport=1000 dport=80 flags=syn seq=1 ack=0 ttl=64 length=40',
);
const ANSWER = packet(
  'in=out0 src=10.2.0.9 dst=10.1.0.9 proto=tcp sport=80 dport=1000 flags=syn,ack seq=5 ack=2 ttl=64 length=40',
);
const OPTIONS: RunOptions = { uptime: null, cause: null, after: [] };

/** Takes what is known, else the first answer; keeps what it was asked and heard. */
class Keeper implements Oracle {
  readonly asked: Choice[] = [];
  readonly steps: LoggedStep[] = [];
  readonly traced: boolean[] = [];
  /** Lines that it hears before it gives the path up. */
  readonly #patience: number;

  constructor(patience = Number.POSITIVE_INFINITY) {
    this.#patience = patience;
  }

  choose(question: Choice): number {
    this.asked.push(question);
    return question.known ?? 0;
  }

  fillAddress(): undefined {}
  fillNumber(): undefined {}
  fillName(): undefined {}

  step(step: LoggedStep, _packet: unknown, traced: boolean): boolean {
    this.steps.push(step);
    this.traced.push(traced);
    return this.steps.length < this.#patience;
  }

  ungiven(): { verdict: 'ACCEPT'; changes: null } {
    return { verdict: 'ACCEPT', changes: null };
  }
}

const STATES = rules(`
  mangle PREROUTING -m conntrack --ctstate NEW
  mangle PREROUTING -m conntrack --ctstate ESTABLISHED
  mangle PREROUTING -m conntrack --ctstate INVALID`);

function open(ruleset: Ruleset = STATES): {
  stateOf: (spec: typeof SYN, options?: Partial<RunOptions>) => { state: string; run: Run };
} {
  const evaluator = openEvaluator(ruleset, router());
  return {
    stateOf: (spec, options = {}) => {
      const oracle = new Keeper();
      const run = evaluator.run(spec, oracle, { ...OPTIONS, ...options });
      if (run === null) throw new Error('given up');
      return { state: ['', 'NEW', 'ESTABLISHED', 'INVALID'][oracle.steps[0]?.number ?? 0] ?? '', run };
    },
  };
}

describe('a run', () => {
  test('changes nothing by itself', () => {
    const { stateOf } = open();
    expect(stateOf(SYN).state).toBe('NEW');
    expect(stateOf(ANSWER).state).toBe('INVALID');
  });

  test('entered and confirmed, its connection stands', () => {
    const { stateOf } = open();
    const { run } = stateOf(SYN);
    run.enter();
    expect(stateOf(ANSWER).state).toBe('INVALID');
    run.confirm();
    expect(stateOf(ANSWER).state).toBe('ESTABLISHED');
    // The answer was not entered: the entry has not seen it.
    expect(stateOf(SYN).state).toBe('NEW');
  });

  test('counts for another as if it were, if told so', () => {
    const { stateOf } = open();
    const { run } = stateOf(SYN);
    expect(stateOf(ANSWER, { after: [run] }).state).toBe('ESTABLISHED');
    expect(stateOf(ANSWER).state).toBe('INVALID');
  });

  test('of a dropped packet confirms nothing', () => {
    const dropping = rules(`
      mangle PREROUTING -m conntrack --ctstate NEW
      mangle PREROUTING -m conntrack --ctstate ESTABLISHED
      mangle PREROUTING -m conntrack --ctstate INVALID
      filter FORWARD -j DROP`);
    const { stateOf } = open(dropping);
    const { run } = stateOf(SYN);
    expect(run.disposition).toBe('dropped');
    expect(run.decidedBy?.rule?.chain).toBe('FORWARD');
    run.enter();
    run.confirm();
    expect(stateOf(ANSWER).state).toBe('INVALID');
  });

  test('given up by the oracle is none', () => {
    const evaluator = openEvaluator(STATES, router());
    const oracle = new Keeper(2);
    expect(evaluator.run(SYN, oracle, OPTIONS)).toBeNull();
    expect(oracle.steps).toHaveLength(2);
  });

  test('is the same each time', () => {
    const evaluator = openEvaluator(STATES, router({ 'conntrack.txt': null }));
    const keep = (): Keeper => {
      const oracle = new Keeper();
      evaluator.run(ANSWER, oracle, OPTIONS);
      return oracle;
    };
    const [one, two] = [keep(), keep()];
    expect(two.steps).toEqual(one.steps);
    expect(two.asked).toEqual(one.asked);
  });
});

describe('questions', () => {
  test('the connection is asked also where the table tells, with what it tells', () => {
    const evaluator = openEvaluator(STATES, router());
    const oracle = new Keeper();
    evaluator.run(SYN, oracle, OPTIONS);
    const [question] = oracle.asked.filter(({ kind }) => kind === 'conntrack');
    expect(question?.known).toBe(0);
    expect(question?.answers.length).toBeGreaterThan(1);
  });

  test('a host setting that nobody saved is asked, known to be as on a plain router', () => {
    const evaluator = openEvaluator(rules('filter FORWARD empty'), router());
    const oracle = new Keeper();
    evaluator.run(SYN, oracle, OPTIONS);
    expect(oracle.asked.map(({ kind, scope, known }) => [kind, scope, known])).toContainEqual([
      'host',
      'host',
      0,
    ]);
  });

  test('a condition brings its rule, and which answer makes it hold', () => {
    const evaluator = openEvaluator(
      rules('filter FORWARD -m set ! --match-set blocked src -j DROP'),
      router({ 'ipset.save': null }),
    );
    const oracle = new Keeper();
    evaluator.run(SYN, oracle, OPTIONS);
    const [question] = oracle.asked.filter(({ kind }) => kind === 'set');
    expect(question?.rule?.chain).toBe('FORWARD');
    expect(question?.match?.kind).toBe('set');
    expect(question?.answers.map(({ fact, holds }) => [fact, holds])).toEqual([
      ['10.1.0.9 is in blocked', false],
      ['10.1.0.9 is not in blocked', true],
    ]);
  });

  test('lines before the TRACE rule are told, as not traced', () => {
    const late = rules('raw PREROUTING -p tcp\nraw PREROUTING -p tcp -j TRACE\nfilter FORWARD empty');
    const oracle = new Keeper();
    openEvaluator(late, router()).run(SYN, oracle, OPTIONS);
    expect(oracle.traced).toEqual([false, false, true, true]);
  });
});

test('under other rules the host is the same', () => {
  const evaluator = openEvaluator(STATES, router());
  const first = evaluator.run(SYN, new Keeper(), OPTIONS);
  first?.enter();
  first?.confirm();
  const other = evaluator.under(rules('mangle PREROUTING -p tcp -m conntrack --ctstate ESTABLISHED -j DROP'));
  expect(other.run(ANSWER, new Keeper(), OPTIONS)?.disposition).toBe('dropped');
});

test('an error inherits the connection of the packet that called it forth, confirmed or not', () => {
  const text = rules(
    'filter FORWARD -j DROP\nmangle OUTPUT -m conntrack --ctstate RELATED -j MARK --set-mark 7',
  );
  const evaluator = openEvaluator(text, router());
  const cause = evaluator.run(SYN, new Keeper(), OPTIONS);
  const error = packet('src=10.1.0.1 dst=10.1.0.9 proto=icmp icmpType=3 icmpCode=1 ttl=64 socket=no');
  const markOf = (options: RunOptions): number | undefined =>
    evaluator.run(error, new Keeper(), options)?.final.mark.value;
  expect(markOf({ ...OPTIONS, cause })).toBe(7);
});

test('evaluators of one opener share no connection', () => {
  const open = evaluatorOpener(STATES, router());
  const [a, b] = [open(), open()];
  const stateIn = (evaluator: Evaluator, spec: typeof SYN): readonly [string, Run] => {
    const oracle = new Keeper();
    const run = evaluator.run(spec, oracle, OPTIONS);
    if (run === null) throw new Error('the oracle gave no path up');
    return [JSON.stringify(oracle.steps), run];
  };
  const [asNew, run] = stateIn(a, SYN);
  run.enter();
  run.confirm();
  const [answered] = stateIn(a, ANSWER);
  const [stray] = stateIn(b, ANSWER);
  expect(stray).not.toBe(answered);
  expect(stateIn(b, SYN)[0]).toBe(asNew);
});
