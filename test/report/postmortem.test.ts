/** Postmortems: one story in three forms, inert whatever the log holds, and the pictures' folds. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AnalysisRecord } from '../../src/model/analysis.ts';
import type { Walk } from '../../src/model/walk.ts';
import { renderHtml, SCRIPT_HASH, STYLE_HASH } from '../../src/report/html/render.ts';
import { SCRIPT } from '../../src/report/html/script.ts';
import { STYLE } from '../../src/report/html/style.ts';
import { renderMarkdown } from '../../src/report/markdown/render.ts';
import type { Block, Line } from '../../src/report/outline.ts';
import { NO_POSTMORTEM_OPTIONS, type Postmortem, PostmortemFold } from '../../src/report/postmortem.ts';
import { renderPostmortem } from '../../src/report/terminal/render.ts';
import { PLAIN_STYLE } from '../../src/report/terminal/style.ts';
import { visible } from '../../src/text/escape.ts';
import { READ, squeezed } from '../make/read-back.ts';
import { run } from '../make/stdio.ts';
import { packet, step, tcp, walk } from '../make/walk.ts';
import { BENIGN, recordsOf, WORDS, type Words, walkOf } from '../make/words.ts';

const SAMPLES = new URL('../../samples', import.meta.url).pathname;
const NAMES = readdirSync(SAMPLES).filter((name) => existsSync(join(SAMPLES, name, 'syslog.log')));

function fold(records: readonly AnalysisRecord[]): Postmortem {
  const options = {
    ...NO_POSTMORTEM_OPTIONS,
    inputs: () => [{ role: 'log' as const, file: 'a.log', bytes: 12, sha256: 'ab12' }],
  };
  const folded = new PostmortemFold(options);
  for (const record of records) folded.push(record);
  return folded.report();
}

function plain(text: Line): string {
  return squeezed(visible(text.map((each) => each.text).join(''))).trim();
}

/** Every piece of text that the outline says. */
function factsOf({ head, walks, tail }: Postmortem): readonly string[] {
  const ofBlock = (block: Block): readonly string[] => {
    switch (block.kind) {
      case 'heading':
      case 'paragraph':
        return [plain(block.text)];
      case 'list':
        return block.items.map(plain);
      case 'table':
        return block.rows.flatMap((row) => row.map(plain));
      case 'picture':
        return block.table.rows.flatMap((row) => row.map(plain));
      case 'evidence':
        return block.items.flatMap(({ place, text }) => [place, squeezed(visible(text)).trim()]);
      case 'diagnostic':
      case 'walk':
        return [];
    }
  };
  const ofWalks = walks.flatMap(({ outline }) => [
    plain(outline.verdict),
    ...outline.facts.map(plain),
    ...(outline.divergence?.reasons ?? []).map(plain),
    ...(outline.divergence?.rows ?? []).flatMap(({ expected, observed }) => [
      plain(expected),
      plain(observed),
    ]),
    ...outline.sections.flatMap(({ hook, table, rows }) => [
      `${hook} ${table}`,
      ...rows.flatMap((row) => [squeezed(row.place), plain(row.text), ...row.notes.map(plain)]),
    ]),
  ]);
  return [...head.flatMap(ofBlock), ...ofWalks, ...tail.flatMap(ofBlock)].filter((fact) => fact !== '');
}

const RENDERED = {
  report: (report: Postmortem) => [
    ...renderPostmortem({ width: Number.POSITIVE_INFINITY, style: PLAIN_STYLE }, report),
  ],
  markdown: (report: Postmortem) => [...renderMarkdown(report)],
  html: (report: Postmortem) => [...renderHtml(report)],
};
const FORMATS = ['report', 'markdown', 'html'] as const;

test('a diverging walk is told alike in all forms', () => {
  const report = fold(recordsOf(BENIGN));
  const facts = factsOf(report);
  expect(facts.length).toBeGreaterThan(40);
  for (const format of FORMATS) {
    const told = squeezed(READ[format](RENDERED[format](report).join('')));
    expect(facts.filter((fact) => !told.includes(fact))).toEqual([]);
  }
});

describe.each(NAMES)('sample %s', (name) => {
  test('tells in all forms what its records say', async () => {
    const folder = join(SAMPLES, name);
    const { out } = await run([folder, '-q', '--format', 'ndjson']);
    const records = out
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text));
    const facts = new Set<string>();
    for (const record of records) {
      if (record.type === 'summary') {
        for (const [end, count] of Object.entries(record.dispositions)) facts.add(`${count} ${end}`);
        for (const [status, count] of Object.entries<number>(record.checks))
          if (count > 0) facts.add(`${count} ${status.replace(/s$/, '')}`);
        facts.add(`${record.lines} lines`);
      }
      // A heading begins with a capital.
      if (record.type === 'finding') facts.add(squeezed(record.message).slice(1));
      if (record.type !== 'walk') continue;
      const { expected, observed, because } = record.check.divergence ?? {};
      for (const fact of [expected, observed, because?.condition, because?.value])
        if (fact != null) facts.add(squeezed(fact));
      facts.add(record.disposition);
      if (record.by !== null) facts.add(record.by.replace(':', ' ').replace(/:\d+$/, ''));
      for (const each of record.check.assumptions) facts.add(squeezed(each.fact));
      for (const each of record.steps) {
        facts.add(each.type === 'rule' ? `${each.chain}:${each.rule}` : each.chain);
        facts.add(`${each.hook} ${each.table}`);
        const { mark, dst } = each.changes ?? {};
        if (mark !== undefined) facts.add(`mark 0x${mark[0].toString(16)} → 0x${mark[1].toString(16)}`);
        if (dst !== undefined) facts.add(dst[1]);
      }
    }
    expect(facts.size).toBeGreaterThan(10);
    for (const format of FORMATS) {
      const told = squeezed(READ[format]((await run([folder, '-q', '--format', format])).out));
      const missing = [...facts].filter((fact) => !told.includes(fact));
      // A log of one packet that is all TRACE counts its lines in the walk.
      expect(missing.filter((fact) => !fact.endsWith(' lines'))).toEqual([]);
    }
  });
});

test('the same input gives the same bytes', async () => {
  const folder = join(SAMPLES, 'denied-by-policy');
  for (const format of FORMATS) {
    const args = [folder, '-q', '--format', format, '--redact', '--title', 'T', '--notes', 'N'];
    expect((await run(args)).out).toBe((await run(args)).out);
  }
});

test('the policy of the page names its own style and script', () => {
  const hash = (text: string) => createHash('sha256').update(text).digest('base64');
  expect({ STYLE_HASH, SCRIPT_HASH }).toEqual({ STYLE_HASH: hash(STYLE), SCRIPT_HASH: hash(SCRIPT) });
});

/** What is left when every text from outside is taken out. */
function htmlSkeleton(text: string): readonly string[] {
  const [, data = ''] = /<script type="application\/json" id="rows">(.*?)<\/script>/s.exec(text) ?? [];
  expect(data).not.toMatch(/[<>\u2028\u2029]/);
  expect(() => JSON.parse(data)).not.toThrow();
  const rest = text.replace(data, '').replace(STYLE, '').replace(SCRIPT, '');
  for (const [, entity] of rest.matchAll(/&([^;]{0,8};?)/g))
    expect(entity).toMatch(/^(?:amp|lt|gt|quot|#39|#96);$/);
  return [...rest.matchAll(/<(\/?[a-z0-9]+)((?:\s+[a-z-]+(?:="[^"<>]*")?)*)\s*\/?>|[<>`]/gi)].map(
    ([tag, name, attributes]) =>
      name === undefined
        ? tag
        : `${name} ${[...(attributes ?? '').replace(/"[^"]*"/g, '').matchAll(/[a-z-]+=/gi)].map(([each]) => each)}`,
  );
}

/** Kinds of lines outside fences, cells of tables, and where fences stand. */
function markdownSkeleton(text: string): readonly string[] {
  const skeleton: string[] = [];
  let fence: string | null = null;
  // An empty comment parts what GitHub would take for a mention.
  for (const line of text.replaceAll('<!-- -->', '').split('\n')) {
    if (fence !== null) {
      if (line.trim() === fence) {
        skeleton.push('end');
        fence = null;
      }
      continue;
    }
    const [, open, language] = /^(`{3,})(\w*)$/.exec(line) ?? [];
    if (open !== undefined) {
      fence = open;
      skeleton.push(`fence ${language}`);
      continue;
    }
    // Code spans first: what is in them is no markup, but a bar that is not escaped would end a cell.
    const bare = line.replace(/(?<![\\`])(`+)(?!`)(.*?[^`])\1(?!`)/g, (_, _marks, inside: string) =>
      inside.replace(/[^|\\]/g, 'c'),
    );
    expect(bare).not.toMatch(/(?<!<)</);
    expect(bare).not.toMatch(/(?<!\\)`/);
    // As GitHub does: a bar right behind a backslash is none, whatever stands before that.
    const cells = bare.startsWith('|') ? line.split(/(?<!\\)\|/).length : 0;
    skeleton.push(`${/^(?:#+ |- |\||)/.exec(line)?.[0]}${cells}`);
  }
  expect(fence).toBeNull();
  return skeleton;
}

/** A lone surrogate does not outlive a copy of its text: the same word is then another. */
const HOSTILE = WORDS.map(
  (words): Words => ({
    ...words,
    chain: words.chain.replace(/\p{Cs}/gu, '\ufffd'),
    file: words.file.replace(/\p{Cs}/gu, '\ufffd'),
  }),
);

const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

describe('whatever the input holds', () => {
  const benign = fold(recordsOf(BENIGN));

  test('the page has the same elements', () => {
    const expected = htmlSkeleton(RENDERED.html(benign).join(''));
    fc.assert(
      fc.property(HOSTILE, (words) => {
        const text = RENDERED.html(fold(recordsOf(words))).join('');
        expect(text.replace(/\n/g, '')).not.toMatch(CONTROL);
        const skeleton = htmlSkeleton(text);
        // A picture has less text where a name leaves less room: no element may be new.
        expect(
          skeleton.filter((each) =>
            /^(?:script|style|a|iframe|img|form|option|summary|details|tr|td)/.test(each),
          ),
        ).toEqual(
          expected.filter((each) =>
            /^(?:script|style|a|iframe|img|form|option|summary|details|tr|td)/.test(each),
          ),
        );
        expect(new Set(skeleton)).toEqual(new Set(expected));
      }),
      { numRuns: 300 },
    );
  });

  test('the Markdown has the same blocks', () => {
    const expected = markdownSkeleton(RENDERED.markdown(benign).join(''));
    fc.assert(
      fc.property(HOSTILE, (words) => {
        const text = RENDERED.markdown(fold(recordsOf(words))).join('');
        expect(text.replace(/\n/g, '')).not.toMatch(CONTROL);
        expect(markdownSkeleton(text)).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  test('the terminal gets no control character', () => {
    fc.assert(
      fc.property(HOSTILE, (words) => {
        expect(
          RENDERED.report(fold(recordsOf(words)))
            .join('')
            .replace(/\n/g, ''),
        ).not.toMatch(CONTROL);
      }),
    );
  });
});

describe('folds', () => {
  function manyWalks(
    times: readonly (number | null)[],
    fields: Partial<Walk> = {},
  ): readonly AnalysisRecord[] {
    return times.map((uptime, i): AnalysisRecord => {
      const seen = packet({ transport: tcp(40000 + i, 80) });
      const one = step('filter:INPUT:policy:1', 'INPUT', { event: { packet: seen, uptime, line: i + 1 } });
      return { type: 'walk', walk: walk([one], { n: i + 1, disposition: 'delivered', ...fields }) };
    });
  }

  function laneSum(report: Postmortem): number {
    const pictures = report.head.flatMap((block) => (block.kind === 'picture' ? [block.picture] : []));
    const timeline = pictures.find(({ kind }) => kind === 'timeline');
    if (timeline?.kind !== 'timeline') return 0;
    return timeline.lanes.flatMap(({ bins }) => bins.flat()).reduce((sum, count) => sum + count, 0);
  }

  test('the timeline counts every packet once, in whatever order they come', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 60 }),
        (times) => {
          expect(laneSum(fold(manyWalks(times)))).toBe(times.length);
        },
      ),
    );
  });

  test('a row for each packet, by number, and a group for its steps', () => {
    const report = fold([...manyWalks([3, 2, 1])].reverse());
    expect(report.rows.map(({ n, port }) => [n, port])).toEqual([
      [1, 40000],
      [2, 40001],
      [3, 40002],
    ]);
    expect(new Set(report.rows.map(({ group }) => group))).toEqual(new Set([report.walks[0]?.group]));
  });

  test('findings stand in order of weight', () => {
    const stopped = walkOf(BENIGN);
    const calm: Walk = { ...stopped, n: 2, check: { ...stopped.check, status: 'agrees', divergence: null } };
    const report = fold([...recordsOf(BENIGN), { type: 'walk', walk: calm }]);
    const titles = report.head.flatMap((block) =>
      block.kind === 'heading' && block.level === 3 ? [plain(block.text)] : [],
    );
    expect(titles).toEqual([
      expect.stringMatching(/^1\. The log knows a chain WEB/),
      expect.stringMatching(/^2\. 1 packet did not go as the rules say/),
      expect.stringMatching(/^3\. 1 packet dropped by filter WEB:2/),
      expect.stringMatching(/^4\. Cannot be read any further/),
    ]);
  });
});

test.each([
  [['--title', 'T'], '--title'],
  [['--notes', 'N', '--incident-from', '12:00'], '--incident-from, --notes'],
])('%j needs a postmortem', async (args, named) => {
  const { code, err } = await run([join(SAMPLES, 'same-node-ping'), ...args]);
  expect({ code, err }).toEqual({
    code: 2,
    err: `trace-analyze: ${named}: only with --format report, markdown, html, not with text\n`,
  });
});
