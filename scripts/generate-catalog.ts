/**
 * Writes the list of the catalogue's template files, packages/catalog/src/templates/index.ts.
 * With --check it writes nothing and fails when the list is stale.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const folder = new URL('../packages/catalog/src/templates/', import.meta.url);
const list = new URL('index.ts', folder);

const text = render(templateNames());
if (!process.argv.includes('--check')) writeFileSync(list, text);
else if (readFileSync(list, 'utf8') !== text) {
  console.error('packages/catalog/src/templates/index.ts is stale: run node scripts/generate-catalog.ts');
  process.exitCode = 1;
}

function templateNames(): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.ts') && file !== 'index.ts')
    .map((file) => file.slice(0, -'.ts'.length))
    .sort();
}

function render(names: readonly string[]): string {
  return [
    '/** Every template file of this folder. Written by scripts/generate-catalog.ts; do not edit. */',
    "import type { Template } from '../template.ts';",
    ...names.map((name) => `import { ${exportOf(name)} } from './${name}.ts';`),
    '',
    'export const TEMPLATES: readonly Template[] = [',
    ...names.map((name) => `  ${exportOf(name)},`),
    '];',
    '',
  ].join('\n');
}

/** `aws-s3.ts` exports `awsS3`. */
function exportOf(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
