/**
 * Records of an analysis → JUnit XML: a packet is a test case, which fails where it diverges from the rules and
 * is skipped where none were given; what is wrong with inputs and host is a suite of its own. The body of a
 * failure is the packet's walk as the terminal tells it.
 */
import type { Ruleset } from '../model/ruleset.ts';
import type { Walk } from '../model/walk.ts';
import { JunitSuite, junitText, type TestCase } from './junit-suite.ts';
import type { Renderer, RendererOptions } from './renderer.ts';
import { renderBlocks } from './terminal/render.ts';
import { PLAIN_STYLE } from './terminal/style.ts';
import { endpoints, packetKind } from './verdict.ts';
import { walkOutline } from './walk-outline.ts';
import { findingText, messageOf } from './wording.ts';

const PAGE = { width: Number.POSITIVE_INFINITY, style: PLAIN_STYLE };

export function junitRenderer({ spool }: RendererOptions): Renderer {
  const packets = new JunitSuite('packets', spool());
  const inputs = new JunitSuite('inputs', spool());
  let ruleset: Ruleset | null = null;
  return {
    push: (record) => {
      switch (record.type) {
        case 'rules':
          ruleset = record.ruleset;
          break;
        case 'walk':
          packets.add(caseOf(record.walk, ruleset));
          break;
        case 'diagnostic': {
          const { code, severity, at } = record.diagnostic;
          const name = `${code} at ${at.file}:${at.line}`;
          const message = messageOf(record.diagnostic);
          if (severity === 'error') inputs.add({ name, group: at.file, outcome: 'error', message, body: '' });
          break;
        }
        case 'finding': {
          const { code, severity, at } = record.finding;
          const message = findingText(record.finding);
          const group = at?.file ?? 'host';
          // One that only asks decides nothing.
          const outcome = severity === 'error' ? 'failure' : severity === 'warning' ? 'skipped' : 'passed';
          if (outcome !== 'passed') inputs.add({ name: code, group, outcome, message, body: '' });
          break;
        }
        case 'summary':
          break;
      }
      return '';
    },
    end: () => junitText([packets, inputs]),
  };
}

function caseOf(walk: Walk, ruleset: Ruleset | null): TestCase {
  const { check, packet, disposition } = walk;
  const name = `#${walk.n} ${endpoints(packet)} ${packetKind(packet)}: ${disposition}`;
  const group = walk.host ?? 'host';
  switch (check.status) {
    case 'diverges': {
      const { expected, observed } = check.divergence ?? { expected: null, observed: null };
      const message = `the rules say ${expected ?? 'nothing more'}, the kernel ran ${observed ?? 'nothing more'}`;
      const body = renderBlocks(PAGE, [{ kind: 'walk', walk: walkOutline(walk, { ruleset }) }]);
      return { name, group, outcome: 'failure', message, body };
    }
    case 'unchecked':
      return { name, group, outcome: 'skipped', message: 'no rules were given for its tables', body: '' };
    case 'incomplete':
      return {
        name,
        group,
        outcome: 'passed',
        message: 'lines are missing; those that are there agree',
        body: '',
      };
    case 'agrees':
      return { name, group, outcome: 'passed', message: '', body: '' };
  }
}
