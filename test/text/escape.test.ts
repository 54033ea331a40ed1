import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  escapeHtml,
  escapeMarkdown,
  jsonText,
  markdownCode,
  markdownLine,
  markdownPart,
  visible,
} from '../../src/text/escape.ts';

describe('visible', () => {
  test.each([
    ['plain text', 'plain text'],
    ['', ''],
    ['\x1b[31mred\x1b[0m', '\\x1b[31mred\\x1b[0m'],
    ['a\tb\nc\rd\0e\x7f', 'a\\tb\\nc\\rd\\x00e\\x7f'],
    ['\x9b31m\x85', '\\x9b31m\\x85'],
    ['cali\u202egnp.exe', 'cali\\u{202e}gnp.exe'],
    ['a\u2066b\u2069\u200b\ufeff\u00ad', 'a\\u{2066}b\\u{2069}\\u{200b}\\u{feff}\\xad'],
    ['no\u00a0break\u3000', 'no\\xa0break\\u{3000}'],
    ['ch\u00e4in \u4e2d\u6587 \ufffd \u{1f600}', 'ch\u00e4in \u4e2d\u6587 \ufffd \u{1f600}'],
    ['cha\u0308in', 'cha\u0308in'],
    ['\u0338a', '\\u{338}a'],
    ['a \u0338b', 'a \\u{338}b'],
    ['\x1b\u0338', '\\x1b\\u{338}'],
    ['\u{1f600}\u0308', '\u{1f600}\u0308'],
    ['z\u0300\u0300\u0300\u0300\u0300', 'z\u0300\u0300\u0300\\u{300}\\u{300}'],
    ['\ud800x', '\\u{d800}x'],
    ['\u{e0041}\ufe0f', '\\u{e0041}\\u{fe0f}'],
  ])('%j is shown as %j', (raw, shown) => {
    expect(visible(raw)).toBe(shown);
  });

  test('shows every character and leaves none that a terminal acts on', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (raw) => {
        const shown = visible(raw);
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u);
        expect(visible(shown)).toBe(shown);
        expect(shown.length).toBeGreaterThanOrEqual(raw.length);
      }),
      { numRuns: 2000 },
    );
  });

  test('takes linear time on a long run of marks', () => {
    const start = performance.now();
    visible('\u0300'.repeat(200_000));
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

describe('Markdown and HTML', () => {
  test.each([
    ['<script>', '&lt;script&gt;'],
    ['a|b', 'a\\|b'],
    ['`x`', '\\`x\\`'],
    ['[x](http://y)', '\\[x\\](http:\\//y)'],
    ['www.example.org, WWW.example.org', 'www\\.example.org, WWW\\.example.org'],
    ['# not a heading', '\\# not a heading'],
    ['1. no list', '1\\. no list'],
    ['12) no list', '12\\) no list'],
    ['1.', '1\\.'],
    ['. no list', '. no list'],
    [') no list', ') no list'],
    ['10.1.0.2:80', '10.1.0.2:80'],
    ['- no list', '\\- no list'],
    ['--- no rule', '\\--- no rule'],
    ['=== no heading', '\\=== no heading'],
    ['+ no list', '\\+ no list'],
    ['rules.list:381 (a-b), 1.5 = 3/2', 'rules.list:381 (a-b), 1.5 = 3/2'],
    ['@someone, a@b.example', '@<!-- -->someone, a@<!-- -->b.example'],
    ['#7 o/r#8 GH-9 gh-10 ##', '#<!-- -->7 o/r#<!-- -->8 GH-<!-- -->9 gh-<!-- -->10 \\#\\#'],
    ['~~x~~ $x$ ![x]', '\\~\\~x\\~\\~ \\$x\\$ \\!\\[x\\]'],
    ['&lt;', '&amp;lt;'],
    ['two\nlines', 'two\\\\nlines'],
  ])('Markdown text %j', (raw, escaped) => {
    expect(escapeMarkdown(raw)).toBe(escaped);
  });

  test.each([
    [['all forwarded', '. Every one'], 'all forwarded. Every one'],
    [['a', ' - b', '- c'], 'a - b- c'],
    [['1', '. no list'], '1\\. no list'],
    [['', '- no list'], '\\- no list'],
  ])('Markdown line of the parts %j', (parts, escaped) => {
    expect(markdownLine(parts.map(markdownPart).join(''))).toBe(escaped);
  });

  test.each([
    ['plain', false, '`plain`'],
    ['a`b', false, '``a`b``'],
    ['`', false, '`` ` ``'],
    ['', false, '`  `'],
    ['a|b', false, '`a|b`'],
    ['a|b', true, '`a\\|b`'],
  ])('Markdown code %j (in a table: %j)', (raw, inTable, escaped) => {
    expect(markdownCode(raw, inTable)).toBe(escaped);
  });

  test('no markup survives from input', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (raw) => {
        expect(escapeHtml(raw)).not.toMatch(/[<>"'`]|&(?!(?:amp|lt|gt|quot|#39|#96);)/);
        const markdown = escapeMarkdown(raw).replaceAll('<!-- -->', ' ');
        expect(markdown.replace(/\\[^\n]/g, '')).not.toMatch(
          /[<>|`*_[\]~$]|#(?! )|@[A-Za-z0-9]|www\.|:\/\/|^ *(?:[-+=]|\d+[.)](?:\s|$))/i,
        );
      }),
    );
  });
});

describe('JSON', () => {
  test('of any value is the value, with nothing in it that is not seen', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(fc.dictionary(text, fc.oneof(text, fc.array(text))), (value) => {
        const written = jsonText(value);
        expect(written).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
        expect(JSON.parse(written)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test.each([
    ['\x9b31m\u202e', '"\\u009b31m\\u202e"'],
    ['\u{e0001}', '"\\udb40\\udc01"'],
    ['ch\u00e4in', '"ch\u00e4in"'],
  ])('%j', (value, written) => expect(jsonText(value)).toBe(written));
});
