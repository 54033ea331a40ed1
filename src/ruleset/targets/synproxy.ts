/** `-j SYNPROXY --sack-perm --wscale 7` ↔ `SYNPROXY sack-perm wscale 7`: extensions/libxt_SYNPROXY.c. Kept in save form. */
import type { SynproxyTarget } from '../../model/target.ts';
import { words } from '../matches/syntax.ts';
import type { TargetSyntax } from './syntax.ts';

const LISTED = /SYNPROXY((?: (?:sack-perm|timestamp|wscale [0-9]+|mss [0-9]+|ecn))*)(?=\s|$)/y;

export const synproxy: TargetSyntax<SynproxyTarget> = {
  names: ['SYNPROXY'],
  options: { 'sack-perm': 0, timestamp: 0, wscale: 1, mss: 1, ecn: 0 },
  fromSave(options) {
    const numbered = (name: string): string | null => {
      const value = options.value(name, (word) => (/^[0-9]+$/.test(word) ? word : null));
      return value && `--${name} ${value}`;
    };
    return {
      kind: 'SYNPROXY',
      options: words(
        options.has('sack-perm') && '--sack-perm',
        options.has('timestamp') && '--timestamp',
        numbered('wscale'),
        numbered('mss'),
        options.has('ecn') && '--ecn',
      ),
    };
  },
  fromList(tail) {
    const found = tail.take(LISTED);
    return (
      found && {
        kind: 'SYNPROXY',
        options: (found[1] ?? '').trim().replaceAll(/[a-z]+(?:-[a-z]+)?/g, '--$&'),
      }
    );
  },
  print: ({ options }) => words('-j SYNPROXY', options),
};
