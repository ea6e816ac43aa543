/**
 * Writes the lists of the catalogue's files: packages/catalog/src/templates/index.ts and packages/catalog/src/guides/index.ts.
 * With --check it writes nothing and fails when a list is stale.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

interface List {
  readonly folder: string;
  readonly what: string;
  readonly type: string;
  readonly from: string;
  readonly name: string;
}

const LISTS: readonly List[] = [
  { folder: 'templates', what: 'template', type: 'Template', from: '../template.ts', name: 'TEMPLATES' },
  { folder: 'guides', what: 'guide', type: 'GuideFile', from: '../guide.ts', name: 'GUIDES' },
];

const source = new URL('../packages/catalog/src/', import.meta.url);

for (const list of LISTS) {
  const folder = new URL(`${list.folder}/`, source);
  const file = new URL('index.ts', folder);
  const text = render(list, namesIn(folder));
  if (!process.argv.includes('--check')) writeFileSync(file, text);
  else if (readFileSync(file, 'utf8') !== text) {
    console.error(
      `packages/catalog/src/${list.folder}/index.ts is stale: run node scripts/generate-catalog.ts`,
    );
    process.exitCode = 1;
  }
}

function namesIn(folder: URL): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.ts') && file !== 'index.ts')
    .map((file) => file.slice(0, -'.ts'.length))
    .sort();
}

function render({ what, type, from, name }: List, files: readonly string[]): string {
  return [
    `/** Every ${what} file of this folder. Written by scripts/generate-catalog.ts; do not edit. */`,
    `import type { ${type} } from '${from}';`,
    ...files.map((file) => `import { ${exportOf(file)} } from './${file}.ts';`),
    '',
    `export const ${name}: readonly ${type}[] = [`,
    ...files.map((file) => `  ${exportOf(file)},`),
    '];',
    '',
  ].join('\n');
}

/** `aws-s3.ts` exports `awsS3`. */
function exportOf(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
