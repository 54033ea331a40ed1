/** Where the findings tell which rule a number of the traced chain was, each line shows that rule. */
import { expect, describe as group, test } from 'vitest';
import type { Walk } from '../../src/model/walk.ts';
import type { Line } from '../../src/report/outline.ts';
import { NO_POSTMORTEM_OPTIONS, PostmortemFold } from '../../src/report/postmortem.ts';
import { Renumbering } from '../../src/report/renumbering.ts';
import { renderPostmortem } from '../../src/report/terminal/render.ts';
import { PLAIN_STYLE } from '../../src/report/terminal/style.ts';
import { walkOutline } from '../../src/report/walk-outline.ts';
import { type Edit, routerUnder, walkAt } from '../compare/router.ts';

const DROP = /\n.*--dport 400:500.*-j DROP(?=\n)/;
const TOP = '-A LAN2DMZ -j BADGUYS';

function plain(text: Line): string {
  return text.map((each) => each.text).join('');
}

/** Rows of chain LAN2DMZ, what is said of the end, and why it diverges. */
function told(edits: readonly Edit[], begins: number): unknown {
  const { ruleset, ...checked } = routerUnder({ edits });
  const walk: Walk = walkAt(checked, begins);
  const renumbering = new Renumbering(checked.findings, ruleset);
  const { verdict, facts, sections, divergence } = walkOutline(walk, { ruleset, renumbering });
  const rows = sections.flatMap(({ rows }) => rows);
  return {
    end: plain(verdict).replace(/^.*TCP SYN: /, ''),
    facts: facts.map(plain).filter((fact) => /^(?:agrees|incomplete)/.test(fact)),
    rows: rows
      .filter(({ place, line }) => place.startsWith('LAN2DMZ') || line === null)
      .map(({ place, text, notes }) => [
        place,
        plain(text),
        ...notes.map(plain).filter((note) => /when/.test(note)),
      ]),
    reasons: divergence?.reasons.map(plain).slice(1) ?? [],
  };
}

group('the rules lack rule 3, which dropped', () => {
  test('the packet that it dropped is not said to have passed the rule of that number', () => {
    expect(told([[DROP, '']], 82)).toEqual({
      end: 'end unknown, last seen in FORWARD filter — its last rule is not known',
      facts: [
        'incomplete: agrees as far as it was logged, and ended at what may be a rule that these rules lack (see the findings)',
      ],
      rows: [
        ['LAN2DMZ:1', '-j BADGUYS'],
        [
          'LAN2DMZ:3',
          'a rule that these rules lack, or -p tcp -m tcp --dport 443 -m comment --comment "web tls" -j ACCEPT',
        ],
        [
          '',
          '… no more lines; by these rules there would follow mangle:POSTROUTING:policy:1, nat:POSTROUTING:policy:2',
        ],
      ],
      reasons: [],
    });
  });
  test('behind it numbers are one higher: the rule that ran is shown, and that the chain was another', () => {
    expect(told([[DROP, '']], 254)).toMatchObject({
      rows: [
        ['LAN2DMZ:1', '-j BADGUYS'],
        ['LAN2DMZ:5', '-p tcp -m tcp --dport 22 -j ACCEPT', 'rule 5 when it was traced, 4 in these rules'],
      ],
      reasons: [
        expect.stringContaining('the kernel ran: -A LAN2DMZ -p tcp -m tcp --dport 22 -j ACCEPT'),
        'because: filter LAN2DMZ was not what these rules have (see the findings)',
        expect.any(String),
      ],
    });
  });
});

test('the rules have one more at the top: the rule that dropped is shown', () => {
  expect(told([[TOP, `-A LAN2DMZ -p tcp -m tcp --dport 443 -j ACCEPT\n[0:0] ${TOP}`]], 82)).toMatchObject({
    end: 'end unknown, last seen in FORWARD filter — not what the rules say',
    rows: [
      ['LAN2DMZ:1', '-j BADGUYS', 'rule 1 when it was traced, 2 in these rules'],
      [
        'LAN2DMZ:3',
        '-p tcp -m tcp --dport 400:500 -m comment --comment "no high stuff" -j DROP',
        'rule 3 when it was traced, 4 in these rules',
      ],
    ],
  });
});

test('rules that are those that were traced keep their numbers', () => {
  expect(told([], 82)).toMatchObject({ end: 'dropped by filter LAN2DMZ:3', reasons: [] });
});

test('a report blames no rule by a number that another had', () => {
  const { ruleset, walks, findings } = routerUnder({ edits: [[DROP, '']] });
  const fold = new PostmortemFold(NO_POSTMORTEM_OPTIONS);
  fold.push({ type: 'rules', ruleset });
  for (const walk of walks) fold.push({ type: 'walk', walk });
  for (const finding of findings) fold.push({ type: 'finding', finding });
  const page = { width: Number.POSITIVE_INFINITY, style: PLAIN_STYLE };
  const text = [...renderPostmortem(page, fold.report())].join('');
  expect(text).toContain('Because: filter LAN2DMZ was not what these rules have');
  expect(text).not.toContain('the packet has icmp');
});
