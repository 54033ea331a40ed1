/**
 * dist/cli/bin.js, as tsc made it → the same program in a few dozen files: to find, open and link 500 modules takes
 * 300 ms, more than a log of middling length. What only some commands load stays in parts of its own (dist/bundle).
 * The modules that tsc made stay where they are: they are the library, and source maps lead back to them.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';

const ROOT = new URL('..', import.meta.url).pathname;

/** Packages that are loaded where they are installed: few runs need them, or none can do without their native part. */
const APART = ['better-sqlite3', 'cli-progress', 'diff', 'fzstd', 'yaml', 'zod'];

/**
 * string-width prepares regular expressions over all of Unicode as it is loaded (30 ms). Here it is loaded when the
 * first text comes whose characters src/text/width.ts does not know.
 */
const widthWhenAsked: Plugin = {
  name: 'string-width when asked',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^string-width$/ }, ({ kind }) =>
      kind === 'require-call' ? null : { path: 'string-width', namespace: 'when-asked' },
    );
    onLoad({ filter: /.*/, namespace: 'when-asked' }, () => ({
      contents: `let width; export default (text) => (width ??= require('string-width').default)(text);`,
      resolveDir: ROOT,
    }));
  },
};

rmSync(`${ROOT}dist/bundle`, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: ROOT,
  entryPoints: ['dist/cli/bin.js'],
  outdir: 'dist',
  entryNames: 'cli/[name]',
  // Two levels below the package, as dist/cli: what looks for package.json finds it from either.
  chunkNames: 'bundle/[name]-[hash]',
  allowOverwrite: true,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  external: APART,
  plugins: [widthWhenAsked],
  // The CommonJS packages in it ask for modules of Node, and for nothing else.
  banner: { js: 'const require = (name) => process.getBuiltinModule(name);' },
  sourcemap: 'external',
  sourcesContent: false,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
});

writeFileSync(`${ROOT}dist/bundle/LICENSES.txt`, packageFolders().map(notice).join('\n'));

/** Folders of the packages of which there are copies. */
function packageFolders(): readonly string[] {
  const folders = Object.keys(metafile.inputs).flatMap(
    (path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? [],
  );
  return [...new Set(folders)].sort();
}

/** What a package's licence asks to go with copies of it. */
function notice(folder: string): string {
  const licence = readdirSync(join(ROOT, folder)).find((name) => /^licen[cs]e/i.test(name));
  if (licence === undefined) throw new Error(`${folder} has no licence to go with its copy`);
  const name = folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);
  return `${name}\n\n${readFileSync(join(ROOT, folder, licence), 'utf8').trim()}\n`;
}
