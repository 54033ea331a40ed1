/**
 * `trace-analyze simulate`: described packets → the path that the rules and the host's saved context give
 * each, one after another through one connection table; and why a packet does not match a rule.
 */
import { setImmediate } from 'node:timers/promises';
import { parseContext } from '../../context/index.ts';
import { readText } from '../../io/index.ts';
import type { Family } from '../../model/address.ts';
import type { Context } from '../../model/context.ts';
import { type Diagnostic, diagnostic } from '../../model/diagnostic.ts';
import { type Rule, type Ruleset, tableOf } from '../../model/ruleset.ts';
import {
  Outcome,
  openPredictionRenderer,
  type PredictionRenderer,
  type RuleName,
} from '../../report/index.ts';
import { parseRuleset, settleRuleset } from '../../ruleset/index.ts';
import { type NumberedPacket, parsePacket, parsePackets, simulateEach } from '../../simulate/index.ts';
import { EXIT, signalExit, UsageError } from '../exit.ts';
import { Interrupt } from '../interrupt.ts';
import type { SimulateOptions } from '../options.ts';
import type { Output } from '../output.ts';
import { openSources } from '../sources.ts';
import type { Stdio } from '../stdio.ts';
import { Talk } from '../talk.ts';
import { openOutput, pageFor } from '../target.ts';

/** Milliseconds after which signals are listened to in between. */
const BREATH = 50;

/** @returns the exit code: 2 if an input or a packet cannot be read. @throws UsageError. */
export async function simulateCommand(options: SimulateOptions, stdio: Stdio): Promise<number> {
  if (options.rules.length === 0) throw new UsageError('no rules: give them with --rules FILE');
  if (options.packet.length === 0 && options.packets.length === 0) {
    throw new UsageError("no packet: give one with --packet 'in=eth0 src=… dst=…', or a file with --packets");
  }
  const talk = new Talk(stdio, options);
  const found: Diagnostic[] = [];
  const sources = await openSources(
    { inputs: [], rules: options.rules, contexts: options.context },
    { stdin: stdio.in },
  );
  for (const text of sources.talk) talk.note(text);
  const { ruleset, diagnostics, notes } = settleRuleset(parseRuleset(sources.rules), []);
  const { context, diagnostics: ofContext } = parseContext(sources.contexts);
  const packets = await readPackets(options, stdio, found);
  found.unshift(...sources.diagnostics, ...diagnostics, ...ofContext);
  found.push(...strangers(packets, context));
  const asked = options.whyNot.map((name) => existingRule(name, ruleset));

  const outcome = new Outcome();
  for (const diagnostic of [...notes, ...found]) {
    outcome.push({ type: 'diagnostic', diagnostic });
    if (options.format === 'text' || diagnostic.severity !== 'warning') talk.diagnostic(diagnostic);
  }
  const output = await openOutput(options, options.format === 'text', stdio);
  const interrupt = new Interrupt(stdio);
  const renderer = openPredictionRenderer(options.format, {
    page: pageFor(options, stdio),
    all: options.all,
    ruleset,
    diagnostics: found,
    plainRouter: context.settings.size === 0,
  });
  try {
    await run({ ruleset, context, packets, options, asked, renderer, output, interrupt, talk });
    await output.end();
  } catch (error) {
    await output.abandon();
    throw error;
  } finally {
    interrupt.dispose();
  }
  if (interrupt.signal !== null) {
    talk.note('interrupted: what is shown is what was done until then');
    return signalExit(interrupt.signal);
  }
  return output.closed ? EXIT.ok : outcome.exitCode;
}

interface Job {
  readonly ruleset: Ruleset;
  readonly context: Context;
  readonly packets: readonly NumberedPacket[];
  readonly options: SimulateOptions;
  /** The rules that questions are about. */
  readonly asked: readonly RuleName[];
  readonly renderer: PredictionRenderer;
  readonly output: Output;
  readonly interrupt: Interrupt;
  readonly talk: Talk;
}

async function run({
  ruleset,
  context,
  packets,
  options,
  asked: names,
  renderer,
  output,
  interrupt,
  talk,
}: Job): Promise<void> {
  const { branches } = options;
  const specs = packets.map(({ packet }) => packet);
  let breath = performance.now();
  for (const asked of simulateEach(ruleset, context, specs, branches === undefined ? {} : { branches })) {
    const { prediction } = asked;
    const numbered = packets[prediction.n];
    if (numbered === undefined) break;
    const { n, packet, at } = numbered;
    const rules = names.flatMap((name) => {
      const rule = ruleNamed(name, packet.family, ruleset);
      if (rule === null)
        talk.note(`#${n ?? prediction.n} is ${packet.family}, whose rules have no ${textOf(name)}`);
      return rule ?? [];
    });
    await output.write(
      renderer.push({
        n: n ?? prediction.n,
        packet,
        at,
        prediction,
        whyNot: rules.map((rule) => asked.whyNot(rule)),
      }),
    );
    if (performance.now() - breath > BREATH) {
      await setImmediate();
      breath = performance.now();
    }
    if (output.closed || interrupt.signal !== null) break;
  }
  await output.write(renderer.end(interrupt.signal !== null));
}

/** The packets of the files, then those of the command line. */
async function readPackets(
  { packet, packets }: SimulateOptions,
  stdio: Stdio,
  found: Diagnostic[],
): Promise<readonly NumberedPacket[]> {
  const read: NumberedPacket[] = [];
  for (const path of packets) {
    const text = await readText(
      path,
      { stdin: stdio.in },
      { diagnostic: (diagnostic) => void found.push(diagnostic) },
    );
    if (text === null) continue;
    const parsed = parsePackets(text.file, text.lines);
    found.push(...parsed.diagnostics);
    read.push(...parsed.packets);
  }
  for (const [i, text] of packet.entries()) {
    const parsed = parsePacket(text, packet.length === 1 ? '--packet' : `--packet (${i + 1}.)`);
    found.push(...parsed.diagnostics);
    if (parsed.packet !== null) read.push(parsed.packet);
  }
  return read;
}

/** Packets from interfaces that the host does not have: most likely a slip of the pen. */
function strangers(packets: readonly NumberedPacket[], { interfaces }: Context): readonly Diagnostic[] {
  if (interfaces === null) return [];
  const names = new Set(interfaces.map(({ name }) => name));
  return packets.flatMap(({ packet, at }) =>
    packet.in === null || names.has(packet.in)
      ? []
      : [diagnostic('packet.interface', at, { name: packet.in })],
  );
}

const FAMILIES: readonly Family[] = ['ipv4', 'ipv6'];

function ruleNamed({ table, chain, number }: RuleName, family: Family, ruleset: Ruleset): Rule | null {
  if (table === null || number === null) return null;
  return tableOf(ruleset, family, table)?.chains.get(chain)?.rules[number - 1] ?? null;
}

function textOf({ table, chain, number }: RuleName): string {
  return `${table === null ? '' : `${table}:`}${chain}:${number}`;
}

/** The rule with its table, where the name leaves it open. @throws UsageError if neither family has such a rule. */
function existingRule(name: RuleName, ruleset: Ruleset): RuleName {
  const tables = ruleset.tables.filter((table) => name.table === null || table.name === name.table);
  const holders = tables.filter(({ chains }) => chains.has(name.chain));
  const [table, ...others] = new Set(holders.map((holder) => holder.name));
  const text = textOf(name);
  if (table === undefined) {
    const why =
      name.table === null
        ? `no table has a chain ${name.chain}`
        : tables.length === 0
          ? `table ${name.table} was not given`
          : `table ${name.table} has no chain ${name.chain}`;
    throw new UsageError(`no rule ${text}: ${why}`);
  }
  if (others.length > 0) {
    const which = [table, ...others].map((each) => `${each}:${text}`).join(' or ');
    throw new UsageError(`which rule ${text}? Several tables have this chain: ${which}`);
  }
  const found = { ...name, table };
  if (FAMILIES.some((family) => ruleNamed(found, family, ruleset) !== null)) return found;
  const most = Math.max(0, ...holders.map(({ chains }) => chains.get(name.chain)?.rules.length ?? 0));
  throw new UsageError(`no rule ${text}: chain ${name.chain} has ${counted(most)}`);
}

function counted(rules: number): string {
  return rules === 1 ? '1 rule' : `${rules} rules`;
}
