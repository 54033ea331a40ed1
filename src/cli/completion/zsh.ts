/** The command tree → a zsh completion script. */
import type { CommandNode, OptionNode } from '../tree.ts';
import { shellsOf } from './bash.ts';

export function zshScript(root: CommandNode): string {
  const commands = root.commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`);
  const cases = root.commands.map(
    (command) => `      ${command.name})
        _arguments -s ${optionsOf(command)} ${operandOf(command)}
        ;;`,
  );
  return `#compdef ${root.name}
# zsh completion for ${root.name}, made by "${root.name} complete zsh"
_trace_analyze() {
  local -a commands
  commands=(
${commands.join('\n')}
  )
  if (( CURRENT > 2 )); then
    case \${words[2]} in
${cases.join('\n')}
      *)
        _arguments -s ${optionsOf(root)} '*:log:_files'
        ;;
    esac
    return
  fi
  _arguments -s ${optionsOf(root)} \\
    '1:input or command:{_describe -t commands command commands; _files}' \\
    '*:log:_files'
}
if [[ \${funcstack[1]} == _trace_analyze ]]; then _trace_analyze "$@"; else compdef _trace_analyze ${root.name}; fi
`;
}

function optionsOf({ options }: CommandNode): string {
  return options.map((option) => `\\\n          ${specOf(option)}`).join(' ');
}

function operandOf(command: CommandNode): string {
  const words = shellsOf(command);
  return words.length > 0 ? `'2:shell:(${words.join(' ')})'` : "'*:file:_files'";
}

function specOf({ long, short, value, choices, description }: OptionNode): string {
  const says = `[${description.replace(/[[\]\\:]/g, '\\$&')}]`;
  const takes =
    value === null
      ? ''
      : choices.length > 0
        ? `:${value}:(${choices.join(' ')})`
        : value === 'FILE'
          ? `:${value}:_files`
          : `:${value}: `;
  const names = short === null ? long : `{${short},${long}}`;
  return short === null ? quoted(`*${names}${says}${takes}`) : `'*'${names}${quoted(`${says}${takes}`)}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
