/**
 * The hand inside a namespace: agent.pl as a child process, one question, one answer. Knows frames and
 * packets as bytes only.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const SCRIPT = new URL('agent.pl', import.meta.url).pathname;

/** Who makes a local packet: the socket's owner and mark. */
export interface Origin {
  readonly uid: number;
  readonly gid: number;
  readonly mark: number;
}

export class Agent {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #waiting: { readonly resolve: (answer: string) => void; readonly reject: (why: Error) => void }[] =
    [];
  #ended: Error | null = null;
  #stderr = '';

  /** Starts in the namespace of this name (`ip netns`). */
  constructor(namespace: string) {
    const guard = ['setpriv', '--securebits', '+no_setuid_fixup', 'perl', SCRIPT];
    this.#child = spawn('ip', ['netns', 'exec', namespace, ...guard], {
      env: { LC_ALL: 'C', PATH: process.env['PATH'] },
    });
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#waiting.shift()?.resolve(line));
    this.#child.stderr.on('data', (data) => {
      this.#stderr += data;
    });
    this.#child.on('close', () => this.#end(`agent of ${namespace} ended: ${this.#stderr}`));
    this.#child.on('error', (error) => this.#end(String(error)));
    this.#child.stdin.on('error', () => {});
  }

  /** Opens a link. */
  async link(device: string): Promise<void> {
    await this.#expect(`link ${device}`);
  }

  /** Sends a whole Ethernet frame out of an opened link. */
  async frame(device: string, bytes: Uint8Array): Promise<void> {
    await this.#expect(`frame ${device} ${hex(bytes)}`);
  }

  /** The frames that came in at the opened links since this was last asked. */
  async heard(): Promise<readonly { readonly device: string; readonly frame: Uint8Array }[]> {
    const [, ...frames] = (await this.#expect('heard')).split(' ');
    return frames.map((word) => {
      const [device = '', bytes = ''] = word.split(':');
      return { device, frame: Buffer.from(bytes, 'hex') };
    });
  }

  /**
   * Sends a whole IP packet made on this host to `dst`.
   * @returns the kernel's complaint, or null: a packet that rules drop in OUTPUT is one (`Operation not permitted`).
   */
  async packet(family: 4 | 6, dst: string, origin: Origin, bytes: Uint8Array): Promise<string | null> {
    const { mark, uid, gid } = origin;
    const answer = await this.#ask(`packet ${family} ${dst} ${mark} ${uid} ${gid} ${hex(bytes)}`);
    return answer === 'ok' ? null : answer.replace(/^error /, '');
  }

  /** Ends the process. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#ended !== null) return resolve();
      this.#child.on('close', () => resolve());
      this.#child.stdin.end();
    });
  }

  async #expect(command: string): Promise<string> {
    const answer = await this.#ask(command);
    if (answer !== 'ok' && !answer.startsWith('ok ')) throw new Error(`${command.slice(0, 80)}: ${answer}`);
    return answer;
  }

  #ask(command: string): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== null) return reject(this.#ended);
      this.#waiting.push({ resolve, reject });
      this.#child.stdin.write(`${command}\n`);
    });
  }

  #end(why: string): void {
    this.#ended ??= new Error(why);
    for (const { reject } of this.#waiting.splice(0)) reject(this.#ended);
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
