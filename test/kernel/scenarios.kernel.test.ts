/** The captured scenarios, rebuilt from their own files and sent again: every walk is the captured one. */
import { expect, test } from 'vitest';
import { describeLab } from './lab/lab-test.ts';
import { playScenario } from './lab/scenario.ts';

const CAPTURES = new URL('../data/captures', import.meta.url).pathname;
const SCENARIOS = ['pod-to-pod', 'service', 'nodeport', 'denied', 'whole-connection', 'docker-bridge'];

describeLab('scenarios', () => {
  test.each(SCENARIOS)('%s', async (name) => {
    const steps = await playScenario(`${CAPTURES}/${name}`);
    expect(steps.length).toBeGreaterThan(0);
    expect(steps.map(({ seen }) => seen)).toEqual(steps.map(({ walk }) => walk.steps));
  });
});
