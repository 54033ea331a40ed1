/**
 * bpf_mt (net/netfilter/xt_bpf.c): runs classic BPF over the packet from its network header on. A jump that
 * hangs on bytes that are not known leaves the outcome open.
 */
import type { BpfMatch } from '../../model/match.ts';
import type { Bits } from '../../model/oracle.ts';
import type { Outcome } from '../ask.ts';
import { exact } from '../bits.ts';
import { bytesDoubt, PacketBytes } from '../bytes.ts';
import type { Evaluator } from '../evaluate.ts';

interface Instruction {
  readonly code: number;
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

const programs = new WeakMap<BpfMatch, readonly Instruction[]>();

function programOf(match: BpfMatch): readonly Instruction[] {
  let program = programs.get(match);
  if (program === undefined) {
    program = match.bytecode
      .split(',')
      .slice(1)
      .map((text) => {
        const [code = 0, jt = 0, jf = 0, k = 0] = text.trim().split(/\s+/).map(Number);
        return { code, jt, jf, k: k >>> 0 };
      });
    programs.set(match, program);
  }
  return program;
}

/** A number that may not be known. */
type Cell = number | undefined;

/** Longest run; the kernel checks programs for loops, a rule text does not. */
const LONGEST = 4096;

class Machine {
  a: Cell = 0;
  x: Cell = 0;
  readonly #memory: Cell[] = new Array<Cell>(16).fill(0);
  readonly #packet: PacketBytes;
  /** What is known of `a` where not all is: right after a load. */
  #part: Bits | null = null;

  constructor(packet: PacketBytes) {
    this.#packet = packet;
  }

  /** Return value; null: open; an access behind the packet's end returns 0. */
  run(program: readonly Instruction[]): number | null {
    let at = 0;
    for (let i = 0; i < LONGEST; i++) {
      const step = program[at++];
      if (step === undefined) return 0;
      switch (step.code & 0x07) {
        case 0x06:
          return (step.code & 0x18) === 0x10 ? (this.a ?? null) : step.k;
        case 0x05: {
          const jump = this.#jump(step);
          if (jump === null) return null;
          at += jump;
          break;
        }
        default:
          if (!this.#execute(step)) return 0;
      }
    }
    return null;
  }

  #execute(step: Instruction): boolean {
    switch (step.code & 0x07) {
      case 0x00:
        return this.#load(step, (value, part) => {
          this.a = value;
          this.#part = part;
        });
      case 0x01:
        return this.#load(step, (value) => {
          this.x = value;
        });
      case 0x02:
        this.#memory[step.k & 15] = this.a;
        return true;
      case 0x03:
        this.#memory[step.k & 15] = this.x;
        return true;
      case 0x04:
        this.a = this.#compute(step);
        this.#part = null;
        return true;
      default:
        if ((step.code & 0xf8) === 0x80) {
          this.a = this.x;
          this.#part = null;
        } else this.x = this.a;
        return true;
    }
  }

  #load({ code, k }: Instruction, put: (value: Cell, part: Bits | null) => void): boolean {
    const size = (code & 0x18) === 0x10 ? 1 : (code & 0x18) === 0x08 ? 2 : 4;
    switch (code & 0xe0) {
      case 0x00:
        put(k, null);
        return true;
      case 0x60:
        put(this.#memory[k & 15], null);
        return true;
      case 0x80:
        put(this.#packet.length, null);
        return true;
      case 0xa0: {
        const one = this.#packet.read(k, 1);
        const value = one === null ? undefined : exact(one);
        put(value === undefined ? undefined : (value & 0xf) * 4, null);
        return one !== null;
      }
      default: {
        const indirect = (code & 0xe0) === 0x40;
        if (indirect && this.x === undefined) {
          put(undefined, null);
          return true;
        }
        const read = this.#packet.read(indirect ? (k + (this.x ?? 0)) >>> 0 : k, size);
        put(read === null ? undefined : exact(read), read);
        return read !== null;
      }
    }
  }

  /** These bits of what was loaded, if they are known. */
  #bitsOf(mask: Cell): Cell {
    const part = this.#part;
    if (part === null || mask === undefined || (mask & ~part.known) !== 0) return undefined;
    return (part.value & mask) >>> 0;
  }

  #compute({ code, k }: Instruction): Cell {
    const { a } = this;
    const operand = (code & 0x08) === 0x08 ? this.x : k;
    const operation = code & 0xf0;
    if (operation === 0x80) return a === undefined ? undefined : -a >>> 0;
    if (operation === 0x50 && operand === 0) return 0;
    if (operation === 0x50 && a === undefined) return this.#bitsOf(operand);
    if (a === undefined || operand === undefined) return undefined;
    switch (operation) {
      case 0x00:
        return (a + operand) >>> 0;
      case 0x10:
        return (a - operand) >>> 0;
      case 0x20:
        return Math.imul(a, operand) >>> 0;
      case 0x30:
        return operand === 0 ? undefined : Math.floor(a / operand);
      case 0x40:
        return (a | operand) >>> 0;
      case 0x50:
        return (a & operand) >>> 0;
      case 0x60:
        return operand > 31 ? 0 : (a << operand) >>> 0;
      case 0x70:
        return operand > 31 ? 0 : a >>> operand;
      case 0x90:
        return operand === 0 ? undefined : a % operand;
      case 0xa0:
        return (a ^ operand) >>> 0;
      default:
        return undefined;
    }
  }

  #jump({ code, jt, jf, k }: Instruction): number | null {
    const operation = code & 0xf0;
    if (operation === 0x00) return k;
    const operand = (code & 0x08) === 0x08 ? this.x : k;
    const { a } = this;
    if (jt === jf) return jt;
    if (a === undefined || operand === undefined) return null;
    switch (operation) {
      case 0x10:
        return a === operand ? jt : jf;
      case 0x20:
        return a > operand ? jt : jf;
      case 0x30:
        return a >= operand ? jt : jf;
      default:
        return (a & operand) !== 0 ? jt : jf;
    }
  }
}

export const bpf: Evaluator<BpfMatch> = (match, { skb }): Outcome => {
  const packet = new PacketBytes(skb);
  const result = new Machine(packet).run(programOf(match));
  return result === null ? bytesDoubt(packet, `as the bpf program ${match.bytecode} asks`) : result !== 0;
};
