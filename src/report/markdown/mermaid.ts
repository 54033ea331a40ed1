/**
 * The walk of the weightiest finding, else that which stands for the most packets → a mermaid flowchart: tables in
 * order, what changed between them, how it ended. Labels hold no character that mermaid acts on.
 */
import type { Step, Walk } from '../../model/walk.ts';
import { escapeMermaid as text } from '../../text/escape-formats.ts';
import { changeLines } from '../changes.ts';
import { counted } from '../count.ts';
import { type Line, line, span } from '../outline.ts';
import type { ReportWalk } from '../postmortem.ts';
import { endpoints, outcome, packetKind } from '../verdict.ts';

interface Diagram {
  readonly caption: Line;
  readonly lines: readonly string[];
}

interface Part {
  readonly title: string;
  readonly chains: readonly string[];
  readonly changes: readonly string[];
}

/** Chains that a box names. */
const NAMED_CHAINS = 6;

/** @param walks at least one @param worst number of the walk that shows the weightiest finding; null: none does */
export function flowDiagram(walks: readonly ReportWalk[], worst: number | null): Diagram {
  const found = walks.find(({ group }) => group.example.n === worst);
  const main = found ?? walks.reduce((most, each) => (each.group.count > most.group.count ? each : most));
  const { example, count } = main.group;
  const parts = partsOf(example);
  const lines = [
    'flowchart LR',
    `  start(["${text(endpoints(example.packet))}<br>${text(packetKind(example.packet, false))}"])`,
  ];
  parts.forEach(({ title, chains }, i) => {
    const more = chains.length > NAMED_CHAINS ? [`and ${chains.length - NAMED_CHAINS} more`] : [];
    const names = [...chains.slice(0, NAMED_CHAINS), ...more].map((name) => `<br>${text(name)}`).join('');
    lines.push(`  t${i}["${text(title)}${names}"]`);
  });
  const end = outcome(example)
    .map((each) => each.text)
    .join('');
  lines.push(`  finish(["${text(end)}"])`);
  const names = ['start', ...parts.map((_, i) => `t${i}`), 'finish'];
  names.slice(1).forEach((name, i) => {
    const changes = parts[i - 1]?.changes ?? [];
    lines.push(
      `  ${names[i]} -->${changes.length === 0 ? '' : `|"${changes.map(text).join('<br>')}"|`} ${name}`,
    );
  });
  if (example.check.divergence !== null) {
    const { at, expected } = example.check.divergence;
    const { end = null } = example.check.branch ?? {};
    const would = end === null ? '' : `<br>⇒ ${end.disposition}`;
    const step = example.steps[Math.min(at, example.steps.length - 1)];
    const part = step === undefined ? -1 : parts.findIndex(({ title }) => title === titleOf(step));
    lines.push(`  expected["the rules say<br>${text(expected ?? 'nothing more')}${would}"]`);
    lines.push(`  ${part < 0 ? 'start' : `t${part}`} -.-> expected`);
  }
  return {
    caption: line(
      `The way of ${counted(count, 'packet')} like `,
      { ...span('plain', `#${example.n}`), walk: example.n },
      found === undefined ? '' : ', which shows the weightiest finding',
      example.steps.length > 0 ? `, ${counted(example.steps.length, 'step')}.` : '.',
    ),
    lines,
  };
}

function titleOf({ hook, event }: Step): string {
  return `${hook} ${event.table}`;
}

function partsOf({ steps }: Walk): readonly Part[] {
  const parts: { title: string; chains: string[]; changes: string[] }[] = [];
  for (const step of steps) {
    const title = titleOf(step);
    let part = parts.at(-1);
    if (part === undefined || part.title !== title) {
      part = { title, chains: [], changes: [] };
      parts.push(part);
    }
    if (step.depth > 0 && !part.chains.includes(step.event.chain)) part.chains.push(step.event.chain);
    for (const change of changeLines(step)) part.changes.push(change.map((each) => each.text).join(''));
  }
  return parts;
}
