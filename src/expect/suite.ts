/**
 * The text of an expectation file → its cases. A file with an error is refused as a whole: half a guard is
 * none. How a packet's fields are read is the caller's to say, so that files and command lines mean the same.
 */
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Expectation, ExpectationCase } from '../model/expectation.ts';
import type { PacketSpec } from '../model/packet-spec.ts';
import { type Locator, type Path, readDocument } from './document.ts';
import { readExpected } from './fields.ts';
import type { Suite } from './schema.ts';

/** Reads a packet as it stands in a file: `key=value` text, or an object of fields. */
export type ReadPacket = (written: string | Readonly<Record<string, unknown>>) => {
  readonly packet: PacketSpec | null;
  readonly diagnostics: readonly Diagnostic[];
};

interface ParsedSuite {
  readonly cases: readonly ExpectationCase[];
  readonly diagnostics: readonly Diagnostic[];
}

export function parseSuite(file: string, lines: readonly string[], readPacket: ReadPacket): ParsedSuite {
  const { suite, locator, diagnostics } = readDocument(file, lines);
  if (suite === null) return { cases: [], diagnostics };
  const reader = new CaseReader(locator, readPacket);
  const cases = suite.cases.map((each, i) => reader.read(each, ['cases', i]));
  const refused = reader.found.some(({ severity }) => severity === 'error');
  return { cases: refused ? [] : cases.filter((each) => each !== null), diagnostics: reader.found };
}

class CaseReader {
  readonly found: Diagnostic[] = [];
  readonly #locator: Locator;
  readonly #readPacket: ReadPacket;

  constructor(locator: Locator, readPacket: ReadPacket) {
    this.#locator = locator;
    this.#readPacket = readPacket;
  }

  read(each: Suite['cases'][number], path: Path): ExpectationCase | null {
    const expectations: Expectation[] = [];
    readExpected(
      each.expect,
      (wanted, text, below) => {
        expectations.push({ wanted, text, at: this.#locator.placeOf([...path, 'expect', ...below]) });
      },
      (below, wants) => {
        const args = { message: `expected ${wants}` };
        this.found.push(this.#locator.diagnostic('expect.value', [...path, 'expect', ...below], args));
      },
    );
    if (expectations.length === 0) {
      const args = {
        message:
          'a case expects something: disposition, by, passes, never, final, endpoints, masquerade or mark',
      };
      this.found.push(this.#locator.diagnostic('expect.value', [...path, 'expect'], args));
    }
    const packet = this.#packet(each.packet, [...path, 'packet']);
    const before = (each.before ?? []).map((written, i) => this.#packet(written, [...path, 'before', i]));
    if (packet === null) return null;
    return {
      name: each.name,
      at: this.#locator.placeOf([...path, 'name']),
      packet,
      before: before.filter((spec) => spec !== null),
      expectations,
    };
  }

  /** Problems of a packet's fields are moved to where they stand in this file; none is passed over: it would be another packet. */
  #packet(written: string | Readonly<Record<string, unknown>>, path: Path): PacketSpec | null {
    const { packet, diagnostics } = this.#readPacket(written);
    for (const { args } of diagnostics) {
      const { field, wants, near = '', why } = args;
      const below = typeof field === 'string' ? [...path, field] : path;
      if (field !== undefined && wants === undefined) {
        this.found.push(this.#locator.diagnostic('expect.field', below, { field, near }));
      } else {
        const message = why === undefined ? `${field} is to be ${wants}` : `not a packet: ${why}`;
        this.found.push(this.#locator.diagnostic('expect.value', below, { message }));
      }
    }
    return packet;
  }
}
