/** The version, read from package.json, which lies two levels above both the sources and what is built. */
import { createRequire } from 'node:module';

const manifest: unknown = createRequire(import.meta.url)('../../package.json');

export const VERSION =
  typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : '?';
