/**
 * A postmortem → one HTML file that needs nothing else: strict content security policy, pictures drawn here,
 * every walk's body once for all that are equal. Without scripts only the search is missing.
 */
import { CHECK_STATUSES } from '../../model/check.ts';
import { DISPOSITIONS } from '../../model/walk.ts';
import { escapeHtml } from '../../text/escape.ts';
import { counted } from '../count.ts';
import type { Block } from '../outline.ts';
import type { Postmortem } from '../postmortem.ts';
import { walksNote } from '../walks-note.ts';
import { blocksHtml } from './blocks.ts';
import { rowsJson } from './data.ts';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';
import { walkHtml } from './walk.ts';

/** SHA-256 of the style sheet and the script, in base64, for the policy; a test holds them to the texts. */
export const STYLE_HASH = 'YFOVnhcRP/5+bF/KBRT+jl68LC4C70MzjGQsoWK7WEE=';
export const SCRIPT_HASH = 'N9nxaIkg1tURFix84SOprv0YdfsUp9SeOiEXImp9JVE=';

const POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; script-src 'sha256-${SCRIPT_HASH}'; base-uri 'none'; form-action 'none'`;
/** Characters that the bodies of walks may take together; further ones name their steps only. */
const BODY_ROOM = 6e6;

/** The whole page, in pieces. */
export function* renderHtml(report: Postmortem): Iterable<string> {
  const { title, head, walks, tail } = report;
  yield `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body class="is-${moodOf(report)}">
<a class="skip" href="#main">Skip to the report</a>
<header><h1>${escapeHtml(title)}</h1>
<nav aria-label="Contents"><ol>${contents(report)}</ol></nav>
</header>
<main id="main" tabindex="-1">
`;
  yield blocksHtml(head);
  if (walks.length > 0) {
    yield `<h2 id="walks">Walks</h2>\n${finder(report)}`;
    let room = BODY_ROOM;
    for (const walk of walks) {
      const text = walkHtml(walk, room > 0);
      room -= text.length;
      yield text;
    }
  }
  yield blocksHtml(tail);
  yield `</main>
<footer>Made by trace-analyze from the files named above. It asks no network.</footer>
`;
  if (walks.length > 0) {
    yield `<script type="application/json" id="rows">${rowsJson(report)}</script>\n<script>${SCRIPT}</script>\n`;
  }
  yield '</body>\n</html>\n';
}

function moodOf({ walks }: Postmortem): 'good' | 'warn' | 'bad' {
  if (walks.some(({ group }) => group.example.check.status === 'diverges')) return 'bad';
  const arrived = new Set(['forwarded', 'delivered', 'sent']);
  return walks.every(({ group }) => arrived.has(group.example.disposition)) ? 'good' : 'warn';
}

function contents({ head, walks, tail }: Postmortem): string {
  const items = (blocks: readonly Block[]): string =>
    blocks
      .map((block) =>
        block.kind === 'heading' && block.level !== 3 && block.id !== undefined
          ? `<li><a href="#${escapeHtml(block.id)}">${escapeHtml(block.text.map(({ text }) => text).join(''))}</a></li>`
          : '',
      )
      .join('');
  return items(head) + (walks.length > 0 ? '<li><a href="#walks">Walks</a></li>' : '') + items(tail);
}

/** The search: hidden until the script is there to serve it. */
function finder(report: Postmortem): string {
  const { unlisted, walks } = report;
  const note = walksNote(report);
  const hosts = [...new Set(walks.map(({ group }) => group.example.host ?? ''))]
    .filter((host) => host !== '')
    .sort();
  const choice = (id: string, title: string, words: readonly string[]): string =>
    `<label>${title}<select id="${id}"><option value="">any</option>${words.map((word) => `<option value="${escapeHtml(word)}">${escapeHtml(word)}</option>`).join('')}</select></label>`;
  const used = new Set(walks.map(({ group }) => group.example.disposition));
  const found = new Set(walks.map(({ group }) => group.example.check.status));
  const more =
    unlisted === 0 ? '' : `<p class="warn">${counted(unlisted, 'packet')} beyond the list are not in it.</p>`;
  const about = (tone: string, text: string): string =>
    text === '' ? '' : `<p class="${tone}">${escapeHtml(text)}</p>\n`;
  return `${about('muted', note.shared)}${about('warn', note.beyond)}<div id="find" hidden><div class="find" role="search"><label>Search (address, port, chain, #number, time; / comes here)<input id="search" type="search" autocomplete="off" spellcheck="false"></label>${choice(
    'how',
    'How it ended',
    DISPOSITIONS.filter((each) => used.has(each)),
  )}${choice(
    'status',
    'Check',
    CHECK_STATUSES.filter((each) => found.has(each)),
  )}${choice('host', 'Host', hosts)}</div>
<p id="result-count" role="status"></p>
<div class="wide results" id="results" tabindex="0" role="region" aria-label="Packets found"><table><thead><tr><th scope="col" class="right">packet</th><th scope="col">from → to</th><th scope="col">kind</th><th scope="col">end</th><th scope="col">check</th><th scope="col">when</th><th scope="col">where</th></tr></thead><tbody id="result-rows"></tbody></table></div>
<button type="button" id="more" class="more" hidden>Show more</button>${more}
<h3>The ways they went</h3></div>
`;
}
