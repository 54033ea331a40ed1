/** The captured scenarios, rebuilt from their own files and sent again: every walk is the captured one. */
import { expect, test } from 'vitest';
import { describeLab } from './lab/lab-test.ts';
import { playScenario } from './lab/scenario.ts';

const CAPTURES = new URL('../data/captures', import.meta.url).pathname;
/** `KERNEL_SCENARIOS=all` adds Docker's bridge: captured on 6.1, it lacks nat POSTROUTING lines on 6.18, the cause unknown. */
const SCENARIOS = ['pod-to-pod', 'service', 'nodeport', 'denied', 'whole-connection'];
if (process.env['KERNEL_SCENARIOS'] === 'all') SCENARIOS.push('docker-bridge');

describeLab('scenarios', () => {
  test.each(SCENARIOS)('%s', async (name) => {
    const steps = await playScenario(`${CAPTURES}/${name}`);
    expect(steps.length).toBeGreaterThan(0);
    expect(steps.map(({ seen }) => seen)).toEqual(steps.map(({ walk }) => walk.steps));
  });
});
