/**
 * Writes dist/package.json, so that `dist` is the package that is published. Inside the repository the
 * package is its sources, which Node runs as they are; only what is published is built. An argument names
 * another directory than dist.
 */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = new URL('../', import.meta.url);
const dist = pathToFileURL(`${resolve(process.argv[2] ?? fileURLToPath(new URL('dist', root)))}/`);
const source: unknown = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
if (typeof source !== 'object' || source === null) throw new Error('package.json holds no object');

const {
  private: _private,
  scripts: _scripts,
  devDependencies: _devDependencies,
  ...kept
} = source as Record<string, unknown>;
const manifest = {
  ...kept,
  keywords: ['credentials', 'secrets', 'vault', 'agents', 'api-keys'],
  sideEffects: false,
  main: './index.cjs',
  module: './index.js',
  types: './index.d.cts',
  exports: {
    '.': {
      import: { types: './index.d.ts', default: './index.js' },
      require: { types: './index.d.cts', default: './index.cjs' },
    },
    './package.json': './package.json',
  },
  files: ['index.js', 'index.cjs', 'index.d.ts', 'index.d.cts', 'README.md'],
};
writeFileSync(new URL('package.json', dist), `${JSON.stringify(manifest, null, 2)}\n`);
copyFileSync(new URL('README.md', root), new URL('README.md', dist));
