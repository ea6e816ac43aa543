/**
 * Writes packages/contract/openapi.json from the endpoint table; with `--check` it only says whether it is up to date.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { openApiDocument } from '@alter-vault/contract';
import manifest from '../packages/contract/package.json' with { type: 'json' };

const file = new URL('../packages/contract/openapi.json', import.meta.url);
const text = `${JSON.stringify(openApiDocument(manifest.version), null, 2)}\n`;

if (!process.argv.includes('--check')) await writeFile(file, text);
else if ((await readFile(file, 'utf8').catch(() => '')) !== text) {
  console.error('packages/contract/openapi.json is stale: run node scripts/generate-openapi.ts');
  process.exitCode = 1;
}
