/**
 * `trace-analyze rules FILE…`: rules as they were understood. `save` is what iptables-restore loads; what a
 * listing could not tell is said on standard error.
 */
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { Ruleset } from '../../model/ruleset.ts';
import {
  diagnosticRecord,
  Outcome,
  renderBlocks,
  rulesetOutline,
  rulesetRecord,
} from '../../report/index.ts';
import { lossesOfRuleset, parseRuleset, printRuleset, settleRuleset } from '../../ruleset/index.ts';
import { jsonText } from '../../text/escape.ts';
import type { OutputOptions } from '../options.ts';
import type { RulesFormat } from '../program.ts';
import { openSources } from '../sources.ts';
import type { Stdio } from '../stdio.ts';
import { Talk } from '../talk.ts';
import { openOutput, pageFor } from '../target.ts';

type RulesOptions = OutputOptions & { readonly format: RulesFormat };

/** @returns the exit code: 2 if a file cannot be read, or holds no rules. @throws UsageError. */
export async function rulesCommand(
  files: readonly string[],
  options: RulesOptions,
  stdio: Stdio,
): Promise<number> {
  const talk = new Talk(stdio, options);
  const sources = await openSources({ inputs: [], rules: files, contexts: [] }, { stdin: stdio.in });
  for (const text of sources.talk) talk.note(text);
  const settled = settleRuleset(parseRuleset(sources.rules), []);
  const diagnostics = [...sources.diagnostics, ...settled.diagnostics, ...settled.notes];
  const outcome = new Outcome();
  for (const diagnostic of diagnostics) {
    outcome.push({ type: 'diagnostic', diagnostic });
    talk.diagnostic(diagnostic);
  }
  if (options.format === 'save') tellLosses(settled.ruleset, talk);

  const output = await openOutput(options, options.format === 'text', stdio);
  try {
    await output.write(textOf(settled.ruleset, diagnostics, options, stdio));
    await output.end();
  } catch (error) {
    await output.abandon();
    throw error;
  }
  return outcome.exitCode;
}

function textOf(
  ruleset: Ruleset,
  diagnostics: readonly Diagnostic[],
  options: RulesOptions,
  stdio: Stdio,
): string {
  switch (options.format) {
    case 'text':
      return renderBlocks(pageFor(options, stdio), rulesetOutline(ruleset));
    case 'json':
      return `${jsonText({ ...rulesetRecord(ruleset), diagnostics: diagnostics.map(diagnosticRecord) })}\n`;
    case 'save':
      return saveText(ruleset);
  }
}

/** Both families in one text cannot be loaded at once: then each is headed by the tool that takes it. */
function saveText(ruleset: Ruleset): string {
  const ipv4 = printRuleset(ruleset, 'ipv4');
  const ipv6 = printRuleset(ruleset, 'ipv6');
  if (ipv4 === '' || ipv6 === '') return ipv4 + ipv6;
  return `# for iptables-restore\n${ipv4}# for ip6tables-restore\n${ipv6}`;
}

function tellLosses(ruleset: Ruleset, talk: Talk): void {
  for (const { rule, losses } of lossesOfRuleset(ruleset)) {
    const what = losses.map(({ what, text }) => (text === '' ? what : `${what} ${text}`)).join(', ');
    talk.note(
      `${rule.source.file}:${rule.source.line}: ${rule.table} ${rule.chain}:${rule.number}: not known: ${what}`,
    );
  }
}
