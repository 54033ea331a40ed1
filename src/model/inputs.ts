/** The files that an analysis read, as a report lists them. */

export interface InputFile {
  readonly role: 'log' | 'rules' | 'context';
  /** As the person named it; `-` is standard input. */
  readonly file: string;
  /** Length and SHA-256 (hex) of what lies there, before decompression; null: not known. */
  readonly bytes: number | null;
  readonly sha256: string | null;
}
