/** The command tree → a bash completion script. Static: completing starts no program. */
import type { CommandNode, OptionNode } from '../tree.ts';

export function bashScript(root: CommandNode): string {
  const names = root.commands.map(({ name }) => name);
  const cases = [root, ...root.commands].map((command) => caseOf(command, command === root ? names : []));
  return `# bash completion for ${root.name}, made by "${root.name} complete bash"
_trace_analyze() {
  local cur prev command i
  COMPREPLY=()
  cur=\${COMP_WORDS[COMP_CWORD]}
  prev=\${COMP_WORDS[COMP_CWORD - 1]}
  command=${root.name}
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      ${names.join(' | ')}) command=\${COMP_WORDS[i]}; break ;;
    esac
  done
  case $command in
${cases.join('\n')}
  esac
  compopt -o filenames 2>/dev/null
  COMPREPLY+=($(compgen -f -- "$cur"))
}
complete -F _trace_analyze ${root.name}
`;
}

function caseOf(command: CommandNode, names: readonly string[]): string {
  const words = command.options.flatMap(({ long, short }) => (short === null ? [long] : [long, short]));
  const valued = command.options.filter(({ value }) => value !== null);
  const lines = [
    `    ${command.name})`,
    '      case $prev in',
    ...valued.map((option) => `        ${flags(option)}) ${valueWords(option)} ;;`),
    '      esac',
    `      if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W '${words.join(' ')}' -- "$cur")); return; fi`,
  ];
  const fixed = names.length > 0 ? names : shellsOf(command);
  if (fixed.length > 0) {
    const first = names.length > 0 ? '[[ $COMP_CWORD == 1 ]] && ' : '';
    lines.push(`      ${first}COMPREPLY=($(compgen -W '${fixed.join(' ')}' -- "$cur"))`);
    if (names.length === 0) lines.push('      return');
  }
  lines.push('      ;;');
  return lines.join('\n');
}

function flags({ long, short }: OptionNode): string {
  return short === null ? long : `${long} | ${short}`;
}

function valueWords({ value, choices }: OptionNode): string {
  if (choices.length > 0) return `COMPREPLY=($(compgen -W '${choices.join(' ')}' -- "$cur")); return`;
  // A file is what the end of the function offers.
  return value === 'FILE'
    ? 'compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$cur")); return'
    : 'return';
}

/** The words that an argument such as \`<bash|zsh|fish>\` takes. */
export function shellsOf({ arguments: [argument] }: CommandNode): readonly string[] {
  const usage = argument?.usage ?? '';
  return usage.includes('|') ? usage.replace(/[<>[\]]/g, '').split('|') : [];
}
