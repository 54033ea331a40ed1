/**
 * The HTML report in a real Chromium: what the policy lets through, that it asks no network, the search over
 * ten thousand packets, deep links, keyboard, no scripts, names for those who do not see. Skipped where there is none.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AnalysisRecord } from '../../src/model/analysis.ts';
import type { Walk } from '../../src/model/walk.ts';
import { renderHtml } from '../../src/report/html/render.ts';
import { NO_POSTMORTEM_OPTIONS, PostmortemFold } from '../../src/report/postmortem.ts';
import { packet, step, tcp, walk } from '../make/walk.ts';
import { recordsOf, walkOf } from '../make/words.ts';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const there = existsSync(CHROMIUM);
const why = there ? '' : ` (skipped: no Chromium at ${CHROMIUM}; apt-get install chromium, or set CHROMIUM)`;

const HOSTILE = {
  file: '"><img src=x onerror=alert(1)>.log',
  host: '</script><script>alert(1)</script>',
  chain: '<svg onload=alert(1)>',
  text: '\'"--><style>*{display:none}</style><iframe src=//example.org>',
  port: 'eth0" autofocus onfocus=alert(1)',
};
const PACKETS = 10_000;

/** Ten thousand packets of a few kinds, a few that the rules do not explain among them. */
function manyRecords(): readonly AnalysisRecord[] {
  const walks = Array.from({ length: PACKETS }, (_, i): Walk => {
    const n = i + 1;
    if (n % 1000 === 0) return { ...walkOf({ ...HOSTILE, host: `node${(n / 1000) % 2}` }), n };
    const seen = packet({ src: `10.0.0.${i % 40}`, transport: tcp(20_000 + i, 80), id: i });
    const event = { packet: seen, line: n, uptime: 1000 + i / 100, host: `node${i % 2}` };
    const steps = [
      step('raw:PREROUTING:policy:1', 'PREROUTING', { event }),
      step('filter:INPUT:policy:3', 'INPUT', { event }),
    ];
    return walk(steps, {
      n,
      disposition: i % 7 === 0 ? 'dropped' : 'delivered',
      decidedBy: i % 7 === 0 ? 1 : null,
    });
  });
  const records = recordsOf(HOSTILE).filter(({ type }) => type !== 'walk');
  return [...walks.map((each): AnalysisRecord => ({ type: 'walk', walk: each })), ...records];
}

describe.skipIf(!there)(`the page in Chromium${why}`, () => {
  let folder = '';
  let address = '';
  let browser: Browser;
  const pages: Page[] = [];
  const noises: string[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'trace-analyze-page-'));
    const fold = new PostmortemFold({ ...NO_POSTMORTEM_OPTIONS, title: () => 'An <b>incident</b>' });
    for (const record of manyRecords()) fold.push(record);
    const path = join(folder, 'report.html');
    writeFileSync(path, [...renderHtml(fold.report())].join(''));
    address = `file://${path}`;
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
  });

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(hash = '', options: BrowserContextOptions = {}): Promise<Page> {
    const page = await browser.newPage(options);
    pages.push(page);
    page.on('console', (message) => noises.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => noises.push(error.message));
    page.on('dialog', (dialog) => {
      noises.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(address)) noises.push(`request: ${request.url()}`);
    });
    await page.goto(address + hash);
    return page;
  }

  async function found(page: Page, text: string): Promise<string | null> {
    await page.fill('#search', text);
    return page.textContent('#result-count');
  }

  test('searches ten thousand packets', async () => {
    const page = await open();
    expect(await page.textContent('#result-count')).toBe('10,000 packets');
    expect(await page.locator('#result-rows tr').count()).toBe(100);
    await page.click('#more');
    expect(await page.locator('#result-rows tr').count()).toBe(200);
    expect(await found(page, '#4321')).toBe('1 of 10,000 packets');
    expect(await found(page, '10.0.0.0: syslog.log:4321')).toBe('1 of 10,000 packets');
    expect(await found(page, 'id=77 ')).toBe('111 of 10,000 packets');
    expect(await found(page, 'no such thing')).toBe('0 of 10,000 packets');
    await page.fill('#search', '');
    await page.selectOption('#status', 'diverges');
    expect(await page.textContent('#result-count')).toBe('10 of 10,000 packets');
    await page.selectOption('#host', 'node1');
    expect(await page.textContent('#result-count')).toBe('5 of 10,000 packets');
    expect(await page.locator('details.walk:visible').count()).toBe(1);
  });

  test('opens the walk that an address names, also one that shares another’s entry', async () => {
    const page = await open('#walk-42');
    const entry = page.locator('details.asked');
    expect(await entry.count()).toBe(1);
    expect(await entry.getAttribute('open')).not.toBeNull();
    expect(await entry.locator('.asked-note').textContent()).toMatch(
      /^#42 went this same way: 10\.0\.0\.1:20041 → /,
    );
    await page.evaluate("location.hash = '#walk-1000'");
    await page.waitForFunction("document.querySelector('details.asked .asked-note') === null");
    expect(await page.locator('details.asked svg.p-walk').count()).toBe(1);
    expect(await page.locator('details.asked .p-branch').count()).toBe(1);
  });

  test('is used by keyboard alone', async () => {
    const page = await open();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.className')).toBe('skip');
    await page.keyboard.press('/');
    expect(await page.evaluate('document.activeElement.id')).toBe('search');
    await page.keyboard.type('#1000');
    for (let i = 0; i < 20; i++) {
      await page.keyboard.press('Tab');
      if (await page.evaluate("document.activeElement.hash === '#walk-1000'")) break;
    }
    await page.keyboard.press('Enter');
    await page.waitForSelector('details.asked[open]');
    expect(await page.evaluate('document.activeElement.tagName')).toBe('SUMMARY');
  });

  test('says everything without scripts', async () => {
    const page = await open('#walk-1000', { javaScriptEnabled: false });
    expect(await page.locator('#find').isVisible()).toBe(false);
    const entry = page.locator('#walk-1000');
    await entry.locator('summary').first().click();
    expect(await entry.locator('.steps').first().isVisible()).toBe(true);
    expect(await entry.locator('svg.p-walk').isVisible()).toBe(true);
  });

  test.each([
    ['light', 1200],
    ['dark', 1200],
    ['light', 390],
  ] as const)('has names, order and contrast in %s, %d pixels wide', async (colorScheme, width) => {
    const page = await open('#walk-1000', { colorScheme, viewport: { width, height: 800 } });
    expect(await page.evaluate(FAULTS)).toEqual([]);
  });

  test('prints what is closed', async () => {
    const page = await open();
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('.find').isVisible()).toBe(false);
    expect(await page.locator('details.walk .steps').first().isVisible()).toBe(true);
  });

  test('said nothing in the console, asked for nothing, ran nothing of the input', () => {
    expect(pages.length).toBeGreaterThan(5);
    expect(noises).toEqual([]);
  });
});

/** Runs in the page: what a check of accessibility would object to. */
const FAULTS = `(() => {
  const faults = [];
  const name = (element) => (element.getAttribute('aria-label') || element.labels?.[0]?.textContent || element.textContent || '').trim();
  if (document.documentElement.lang !== 'en') faults.push('language');
  if (document.title === '') faults.push('title');
  if (document.querySelectorAll('h1').length !== 1) faults.push('one h1');
  const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) faults.push('id twice: ' + id);
  for (const each of document.querySelectorAll('input, select, button, a, summary, svg, nav, [role=region]')) {
    if (name(each) === '') faults.push('no name: ' + each.outerHTML.slice(0, 80));
  }
  for (const link of document.querySelectorAll('nav a, a.skip')) {
    if (document.querySelector(link.hash) === null) faults.push('leads nowhere: ' + link.hash);
  }
  let level = 0;
  for (const each of document.querySelectorAll('h1, h2, h3')) {
    const next = Number(each.tagName[1]);
    if (next > level + 1) faults.push('skips a level: ' + each.textContent);
    level = next;
  }
  if (document.documentElement.scrollWidth > innerWidth) faults.push('wider than the window');
  const channels = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const colour = channels(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  for (const each of document.querySelectorAll('p, td, th, li, code, span, a, h1, h2, h3, h4, summary, label, pre, button')) {
    if (each.offsetParent === null || each.textContent.trim() === '' || each.className === 'skip') continue;
    const [a, b] = [light(channels(getComputedStyle(each).color)), light(ground(each))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) faults.push('contrast of ' + each.tagName + '.' + each.className);
  }
  return [...new Set(faults)];
})()`;
