/**
 * Law 7 on the captured random rule sets: the predicted path of every packet is the one that a kernel
 * logged; where chance decides, it is among those predicted.
 */
import { describe, expect, test } from 'vitest';
import { simulate } from '../../src/simulate/index.ts';
import { FORMS, FUZZ, namesOf, readContext, readPackets, readRules, readTruth } from './captures.ts';

describe.each(FORMS)('from %s', (form) => {
  test.each(FUZZ)('$name', ({ folder, deterministic }) => {
    const packets = readPackets(folder);
    const truth = readTruth(folder);
    const predictions = simulate(
      readRules(folder, form),
      readContext(folder),
      packets.map(({ packet }) => packet),
    );
    const wrong: unknown[] = [];
    for (const { n, paths, more } of predictions) {
      const steps = paths.map((path) => namesOf(path.steps).join(' '));
      const wanted = (truth.get(packets[n]?.n ?? n) ?? []).join(' ');
      const branched = steps.length > 1;
      if (more || !steps.includes(wanted) || (deterministic && branched)) wrong.push({ n, wanted, steps });
      // What nothing leaves to chance needs no assumption.
      const assumed = paths.flatMap((path) => path.assumptions);
      if (deterministic && assumed.length > 0) wrong.push({ n, assumed });
    }
    expect(wrong).toEqual([]);
    expect(packets).toHaveLength(60);
  });
});
