/** Rules of another host are told as such, in one sentence; rules of this host with a few differences are not. */
import { expect, test } from 'vitest';
import { assemble, readCapture, readRules, rulesText } from './capture.ts';
import { check } from './check.ts';
import { checkRouter } from './router.ts';

const ROUTER = readCapture('router', 'rules.save');

test.each(['denied', 'docker-bridge', 'nodeport'])('the router held against the rules of %s', (name) => {
  const ruleset = readRules('rules.save', rulesText(name, 'rules.save'), ROUTER.events);
  const { walks, findings } = check(assemble(ROUTER.events, ruleset), ruleset, ROUTER.context);
  const diverging = walks.filter(({ check: { status } }) => status === 'diverges').length;
  expect(diverging).toBeGreaterThan(walks.length * 0.8);
  // Nothing of its addresses, which were right, and of single chains.
  expect(findings.map(({ code }) => code)).toEqual(['rules.foreign']);
  expect(findings[0]?.args).toMatchObject({ diverging, checked: walks.length });
  expect(findings[0]?.args['chains']).toContain('filter LAN2DMZ');
});

test.each([
  ['a rule less', [[/\n.*--dport 400:500.*-j DROP(?=\n)/, '']]],
  [
    'a rule at the top of FORWARD',
    [['-A FORWARD -p tcp', '-A FORWARD -i nowhere -j DROP\n[0:0] -A FORWARD -p tcp']],
  ],
  [
    'three chains that have other names',
    [
      [/LAN2DMZ/g, 'LAN'],
      [/BADGUYS/g, 'BAD'],
    ],
  ],
] as const)('not with %s', (_, edits) => {
  const codes = checkRouter({ edits }).findings.map(({ code }) => code);
  expect(codes.length).toBeGreaterThan(0);
  expect(codes).not.toContain('rules.foreign');
});
