/**
 * Test cases → JUnit XML as Jenkins, GitLab and the others read it. The counts stand first, so the cases wait
 * in a spool. Everything from outside is escaped here.
 */
import { escapeXml } from '../text/escape-formats.ts';
import type { Spool } from './renderer.ts';

/** All raw text; `body` may have several lines. */
export interface TestCase {
  readonly name: string;
  readonly group: string;
  readonly outcome: 'passed' | 'failure' | 'error' | 'skipped';
  readonly message: string;
  readonly body: string;
}

export class JunitSuite {
  readonly counts = { passed: 0, failure: 0, error: 0, skipped: 0 };
  readonly #name: string;
  readonly #spool: Spool;

  constructor(name: string, spool: Spool) {
    this.#name = name;
    this.#spool = spool;
  }

  get tests(): number {
    const { passed, failure, error, skipped } = this.counts;
    return passed + failure + error + skipped;
  }

  add({ name, group, outcome, message, body }: TestCase): void {
    this.counts[outcome]++;
    const head = `    <testcase classname="${escapeXml(group)}" name="${escapeXml(name)}"`;
    const inner = innerOf(outcome, message, body);
    this.#spool.write(inner === '' ? `${head}/>\n` : `${head}>\n${inner}    </testcase>\n`);
  }

  *text(): Iterable<string> {
    yield `  <testsuite name="${escapeXml(this.#name)}"${countsText(this.tests, this.counts)}>\n`;
    yield* this.#spool.read();
    yield '  </testsuite>\n';
  }
}

function innerOf(outcome: TestCase['outcome'], message: string, body: string): string {
  const lines = body.trimEnd().split('\n').map(escapeXml).join('\n');
  if (outcome === 'passed') {
    const said = [escapeXml(message), lines].filter((text) => text !== '').join('\n');
    return said === '' ? '' : `      <system-out>${said}</system-out>\n`;
  }
  const head = `      <${outcome} message="${escapeXml(message)}"`;
  return lines === '' ? `${head}/>\n` : `${head}>${lines}</${outcome}>\n`;
}

/** Text of a whole file. Suites without cases are left out. */
export function* junitText(suites: readonly JunitSuite[]): Iterable<string> {
  const sum = { passed: 0, failure: 0, error: 0, skipped: 0 };
  const told = suites.filter(({ tests }) => tests > 0);
  for (const { counts } of told) {
    sum.failure += counts.failure;
    sum.error += counts.error;
    sum.skipped += counts.skipped;
  }
  const tests = told.reduce((total, suite) => total + suite.tests, 0);
  yield `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="trace-analyze"${countsText(tests, sum)}>\n`;
  for (const suite of told) yield* suite.text();
  yield '</testsuites>\n';
}

function countsText(tests: number, { failure, error, skipped }: JunitSuite['counts']): string {
  return ` tests="${tests}" failures="${failure}" errors="${error}" skipped="${skipped}"`;
}
