/**
 * Builds the portal into dist/, with a brotli and a gzip form beside each file. With `--if-stale` only when a source has
 * changed since the last build, so that `npm start` is quick from the second time on.
 */
import { createHash } from 'node:crypto';
import { globSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { build } from 'vite';

const portal = join(import.meta.dirname, '..');
const packages = join(portal, '..');
const dist = join(portal, 'dist');
/** Outside the folders that are served. */
const stampFile = join(dist, '.sources');

/** What the build is made of. */
const SOURCES = [
  'portal/src/**/*',
  'portal/public/**/*',
  'portal/build/*.ts',
  'portal/{index.html,package.json,vite.config.ts}',
  'contract/src/**/*.ts',
  'catalog/src/**/*.ts',
  '../package-lock.json',
];

/** Below this a compressed form saves less than a packet. */
const COMPRESS_BYTES_MIN = 1024;

const stamp = await stampOfSources();
if (!process.argv.includes('--if-stale') || (await readFile(stampFile, 'utf8').catch(() => '')) !== stamp) {
  console.log('building the portal …');
  await rm(dist, { recursive: true, force: true });
  await build({ root: portal, configFile: join(portal, 'vite.config.ts'), logLevel: 'warn' });
  await compress();
  await writeFile(stampFile, stamp);
}

async function stampOfSources(): Promise<string> {
  const hash = createHash('sha256');
  const files = globSync(SOURCES, { cwd: packages, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const path of files.map((entry) => join(entry.parentPath, entry.name)).toSorted()) {
    hash
      .update(path.slice(packages.length))
      .update('\0')
      .update(await readFile(path));
  }
  return hash.digest('hex');
}

async function compress(): Promise<void> {
  const files = globSync('**/*.{js,css,svg,html}', { cwd: dist });
  await Promise.all(
    files.map(async (name) => {
      const path = join(dist, name);
      const bytes = await readFile(path);
      // The page itself gets a nonce for each answer.
      if (bytes.length < COMPRESS_BYTES_MIN || name === 'index.html') return;
      const brotli = promisify(brotliCompress)(bytes, {
        params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY },
      });
      await writeFile(`${path}.br`, await brotli);
      await writeFile(`${path}.gz`, await promisify(gzip)(bytes, { level: constants.Z_BEST_COMPRESSION }));
    }),
  );
}
