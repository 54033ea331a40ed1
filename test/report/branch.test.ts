/** What the rules say from a divergence on, in every form that people read; and what is said of walks without room. */
import { describe, expect, test } from 'vitest';
import type { AnalysisRecord } from '../../src/model/analysis.ts';
import type { Branch } from '../../src/model/check.ts';
import { divergenceOutline } from '../../src/report/divergence.ts';
import type { Line } from '../../src/report/outline.ts';
import { walkPicture } from '../../src/report/pictures/walk.ts';
import { NO_POSTMORTEM_OPTIONS, PostmortemFold } from '../../src/report/postmortem.ts';
import { openRenderer } from '../../src/report/renderer.ts';
import { divergenceTable } from '../../src/report/terminal/divergence.ts';
import { PLAIN_STYLE } from '../../src/report/terminal/style.ts';
import { walksNote } from '../../src/report/walks-note.ts';
import { packet, step, tcp, walk } from '../make/walk.ts';
import { BENIGN, recordsOf, walkOf } from '../make/words.ts';

const STEPS = Array.from({ length: 9 }, (_, i) => `filter:WEB:rule:${i + 1}`);

function diverging(branch: Branch | null) {
  const base = walkOf(BENIGN);
  return branch === null ? base : { ...base, check: { ...base.check, branch } };
}

const plain = (text: Line): string => text.map((each) => each.text).join('');
const rows = (branch: Branch | null): unknown =>
  divergenceOutline(diverging(branch), null)?.rows.map(({ step: at, expected, observed, parts }) => [
    at,
    plain(expected),
    plain(observed),
    parts,
  ]);

test.each([
  ['nothing is known', null, []],
  ['one step', { steps: STEPS.slice(0, 1), end: null }, []],
  ['more than the log has', { steps: STEPS.slice(0, 3), end: null }, [3, 4]],
  ['many: a few are shown', { steps: STEPS, end: null }, [3, 4, 5, 6]],
])('beside what was observed: %s', (_, branch, further) => {
  expect(rows(branch)).toEqual([
    [1, 'filter:FORWARD:rule:1', 'filter:FORWARD:rule:1', false],
    [2, 'filter:WEB:rule:1', 'filter:WEB:rule:2', true],
    ...further.map((at) => [at, `filter:WEB:rule:${at - 1}`, '', false]),
  ]);
});

test.each([
  [120, /^ +3 {2}filter:WEB:rule:2$/m],
  [44, /^ +3 {2}the rules say\n +filter:WEB:rule:2$/m],
])('on a terminal of %d columns', (width, expected) => {
  const outline = divergenceOutline(diverging({ steps: STEPS, end: null }), null);
  if (outline === null) throw new Error('no divergence');
  const text = divergenceTable({ width, style: PLAIN_STYLE }, outline).join('\n');
  expect(text).toMatch(expected);
  // The step before was the same on both sides, and is told once.
  expect(text.match(/filter:FORWARD:rule:1/g)).toHaveLength(width === 120 ? 2 : 1);
});

test('how it would have ended is said in every form', () => {
  const dropped: Branch = { steps: STEPS, end: { disposition: 'dropped', by: 'filter:WEB:9' } };
  const records = recordsOf(BENIGN).map(
    (record): AnalysisRecord =>
      record.type === 'walk' ? { type: 'walk', walk: diverging(dropped) } : record,
  );
  for (const format of ['text', 'report', 'markdown', 'html'] as const) {
    const renderer = openRenderer(format, {
      page: { width: Number.POSITIVE_INFINITY, style: PLAIN_STYLE },
      all: false,
      spool: () => ({ write: () => {}, read: () => [] }),
    });
    const text = records.map((record) => renderer.push(record)).join('') + [...renderer.end()].join('');
    const bare = text.replace(/<[^>]*>|\\|\*\*/g, '');
    expect(bare).toContain('by the rules it would be dropped, by filter:WEB:9');
    expect(bare).toContain('filter:WEB:rule:4');
  }
});

test('the picture draws the first steps of it, counts the others, and ends it', () => {
  const picture = walkPicture(
    diverging({ steps: STEPS, end: { disposition: 'dropped', by: 'filter:WEB:9' } }),
  );
  for (const i of [1, 2, 3, 4, 5, 6]) expect(picture).toContain(`>filter:WEB:rule:${i}<`);
  expect(picture).not.toContain('>filter:WEB:rule:7<');
  expect(picture).toContain('>and 3 more steps<');
  expect(picture).toContain('>⇒ dropped<');
  expect(walkPicture(diverging(null))).toContain('>filter:WEB:rule:1<');
});

describe('what entries stand for', () => {
  const fold = (kinds: number, each: number) => {
    const made = new PostmortemFold(NO_POSTMORTEM_OPTIONS);
    for (let i = 0; i < kinds * each; i++) {
      const seen = packet({
        src: `10.${(i % kinds) >> 8}.${(i % kinds) & 255}.1`,
        transport: tcp(30_000 + Math.floor(i / kinds), 80),
      });
      const one = step('filter:INPUT:policy:1', 'INPUT', { event: { packet: seen, line: i + 1 } });
      made.push({ type: 'walk', walk: walk([one], { n: i + 1, disposition: 'delivered' }) });
    }
    return walksNote(made.report());
  };

  test('each packet its own: nothing is said', () => {
    expect(fold(3, 1)).toEqual({ shared: '', beyond: '' });
  });

  test('packets that share entries', () => {
    const { shared, beyond } = fold(3, 4);
    expect(shared).toMatch(/^12 packets of 3 kinds: /);
    expect(beyond).toBe('');
  });

  test('kinds that find no room', () => {
    const { shared, beyond } = fold(700, 2);
    expect(shared).toMatch(/^1,400 packets of 500 kinds: /);
    expect(beyond).toMatch(/^At most 500 kinds .* 400 packets of further kinds are counted above/);
  });
});
