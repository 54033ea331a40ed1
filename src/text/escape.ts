/**
 * Raw input text → text that is inert in one sink: terminal, Markdown, HTML. Every character that a
 * sink would act on, or that a reader would not see, is made visible. Nothing is dropped. What is ours
 * (colour, markup) is added after this, never passed through it.
 */

/**
 * Characters that move, hide or reorder text: C0, DEL, C1, line and paragraph separators, format
 * characters (bidi controls among them), default-ignorable ones, blanks other than U+0020, private use,
 * unassigned ones, lone surrogates; and a combining mark that has no base of its own text (it would sit
 * on ours) or is the fourth on one base (it would climb over other lines).
 * U+FFFD stays: it is visible, and stands for bytes that are no UTF-8.
 */
const UNSEEN =
  /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}|(?<![^\p{C}\p{Z}\p{M}]\p{M}{0,2})\p{M}/gu;
const PLAIN = /^[\x20-\x7e]*$/;

const NAMED: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function spell(character: string): string {
  const named = NAMED[character];
  if (named !== undefined) return named;
  const code = character.codePointAt(0) ?? 0;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}

/** The text as a terminal may print it: one line, no control sequence, nothing unseen (`\x1b`, `\u{202e}`). */
export function visible(text: string): string {
  return PLAIN.test(text) ? text : text.replace(UNSEEN, spell);
}

/**
 * A value as JSON in one line, in which nothing is unseen: what JSON.stringify leaves as it is (DEL, C1, bidi controls,
 * separators) is escaped. Read again it is the same value.
 */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value);
  return PLAIN.test(text) ? text : text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, escapeUnits);
}

function escapeUnits(character: string): string {
  return character.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

/** The text as HTML content or as a quoted attribute's value. */
export function escapeHtml(text: string): string {
  return visible(text).replace(/[&<>"'`]/g, (character) => ENTITIES[character] ?? character);
}

/** Links that GFM makes of bare text. */
const BARE_LINK = /www\.|:\/\//gi;
/**
 * Mentions and references to issues: GitHub makes them of the finished page's text, so that no escape helps
 * (github/cmark-gfm issue 181); an empty comment parts them.
 */
const REFERENCE = /@(?=[A-Za-z0-9])|#(?=\d)|(?<=\bGH)-(?=\d)/gi;

/** The text as Markdown running text: nothing in it is markup, a link, a mention or a new block. */
export function escapeMarkdown(text: string): string {
  return markdownLine(markdownPart(text));
}

/** The text as a part of a line of Markdown, or as a table cell: what is markup only where a line begins stays. */
export function markdownPart(text: string): string {
  return visible(text)
    .replace(/[&<>]/g, (character) => ENTITIES[character] ?? character)
    .replace(/[\\`*_{}[\]|~$!^]|#(?!\d)/g, '\\$&')
    .replace(BARE_LINK, (link) => (link === '://' ? ':\\//' : `${link.slice(0, -1)}\\.`))
    .replace(REFERENCE, '$&<!-- -->');
}

/** A line put together from parts, its beginning no list and no rule. */
export function markdownLine(parts: string): string {
  return parts.replace(/^( *\d+)([.)])(?=\s|$)/, '$1\\$2').replace(/^ *(?=[-+=])/, '$&\\');
}

/**
 * The text as a Markdown code span, fenced by more backticks than it holds. In a table cell a `|` would
 * end the cell even inside code, so there it is escaped, which GFM undoes.
 */
export function markdownCode(text: string, inTable = false): string {
  const shown = visible(text);
  const longest = (shown.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 0);
  const fence = '`'.repeat(longest + 1);
  const padded = /^[ `]|[ `]$/.test(shown) || shown === '' ? ` ${shown} ` : shown;
  return `${fence}${inTable ? padded.replaceAll('|', '\\|') : padded}${fence}`;
}
