/**
 * `-j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff` ↔ `CONNMARK save mask 0xff`: extensions/libxt_CONNMARK.c. The
 * `~` of `ctmask ~0xff` is only printed: the number after it is the mask itself.
 */
import type { ConnmarkTarget } from '../../model/target.ts';
import { hex, parseNumber } from '../line/numbers.ts';
import type { Options } from '../line/options.ts';
import type { TargetSyntax } from './syntax.ts';
import { savedXmark, XMARK_OPTIONS, xmarkOf } from './xmark.ts';

const ALL = 0xffffffff;

function numberOf(text: string | undefined): number {
  return text === undefined ? ALL : Number(text);
}

function savedMask(options: Options, name: string): number {
  const mask = options.value('mask', (word) => parseNumber(word));
  return options.value(name, (word) => parseNumber(word)) ?? mask ?? ALL;
}

export const connmark: TargetSyntax<ConnmarkTarget> = {
  names: ['CONNMARK'],
  options: {
    ...XMARK_OPTIONS,
    'save-mark': 0,
    'restore-mark': 0,
    nfmask: 1,
    ctmask: 1,
    mask: 1,
    'left-shift-mark': 1,
    'right-shift-mark': 1,
  },
  fromSave(options) {
    const shift = options.find('left-shift-mark') ?? options.find('right-shift-mark');
    if (shift !== null) return options.refuse(shift);
    const operation = options.has('save-mark') ? 'save' : options.has('restore-mark') ? 'restore' : null;
    if (operation === null) {
      const xmark = savedXmark(options);
      return (
        xmark && { kind: 'CONNMARK', operation: 'set', value: xmark.value, ctmask: xmark.mask, nfmask: ALL }
      );
    }
    const [nfmask, ctmask] = [savedMask(options, 'nfmask'), savedMask(options, 'ctmask')];
    return { kind: 'CONNMARK', operation, value: 0, ctmask, nfmask };
  },
  fromList(tail) {
    const xmark = tail.take(
      /CONNMARK (set|xset|and|or|xor) (0x[0-9a-f]+(?:\/0x[0-9a-f]+)?)(?! (?:left|right)-shift)/y,
    );
    if (xmark !== null) {
      const [, operation = '', text = ''] = xmark;
      const set = operation === 'set' && text.includes('/') ? 'mark' : operation;
      const { value, mask } = tail.value(xmarkOf(set, text), { value: 0, mask: 0 });
      return { kind: 'CONNMARK', operation: 'set', value, ctmask: mask, nfmask: ALL };
    }
    const moved = tail.take(
      /CONNMARK (save|restore)(?: mask (0x[0-9a-f]+)| nfmask (0x[0-9a-f]+) ctmask ~(0x[0-9a-f]+)| ctmask (0x[0-9a-f]+) nfmask ~(0x[0-9a-f]+))?(?! (?:left|right)-shift)(?=\s|$)/y,
    );
    if (moved === null) return null;
    const [, operation, mask, savedNf = mask, savedCt = mask, restoredCt = savedCt, restoredNf = savedNf] =
      moved;
    return {
      kind: 'CONNMARK',
      operation: operation === 'save' ? 'save' : 'restore',
      value: 0,
      ctmask: numberOf(restoredCt),
      nfmask: numberOf(restoredNf),
    };
  },
  print: ({ operation, value, ctmask, nfmask }) =>
    operation === 'set'
      ? `-j CONNMARK --set-xmark ${hex(value)}/${hex(ctmask)}`
      : `-j CONNMARK --${operation}-mark --nfmask ${hex(nfmask)} --ctmask ${hex(ctmask)}`,
};
