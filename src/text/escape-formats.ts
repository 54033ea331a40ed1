/**
 * Raw input text → text that is inert in a file format of ours: XML, Mermaid, DOT, SARIF. As in escape.ts:
 * what a reader would not see is made visible first, nothing is dropped, and what is ours is added after.
 */
import { escapeHtml, visible } from './escape.ts';

/** The text as XML character data or as a quoted attribute's value. */
export function escapeXml(text: string): string {
  return escapeHtml(text);
}

/**
 * The text inside a Mermaid label in quotes. Mermaid has entities of its own (`#35;`), and reads a label
 * between backticks as Markdown: all ASCII but the plainest is written as an entity.
 */
export function escapeMermaid(text: string): string {
  return visible(text).replace(/[^A-Za-z0-9 .,:_/=+\-\u0080-\u{10ffff}]/gu, (character) => {
    return `#${character.codePointAt(0) ?? 0};`;
  });
}

/** The text inside a DOT string in quotes, as a label: escapes (`\N`, `\l`) and entities mean nothing. */
export function escapeDot(text: string): string {
  return visible(text)
    .replaceAll('\\', '\\\\')
    .replace(/[&<>"|`]/g, (character) => `&#${character.codePointAt(0) ?? 0};`);
}

/**
 * The text inside a SARIF message: no embedded link (`[text](target)`, SARIF 2.1.0 section 3.11.6) and no
 * placeholder (`{0}`, 3.11.5), each written as the standard says.
 */
export function escapeSarif(text: string): string {
  return visible(text)
    .replace(/[\\[\]]/g, '\\$&')
    .replace(/[{}]/g, '$&$&');
}

/** A file's path as a URI reference: absolute ones with `file://`, others relative. */
export function uriOfPath(path: string): string {
  const encoded = path
    .replace(/\p{Cs}/gu, '\ufffd')
    .split('/')
    .map(encodeURIComponent)
    .join('/');
  return encoded.startsWith('/') ? `file://${encoded}` : encoded;
}
