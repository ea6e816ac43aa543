/**
 * Holds the documents to the code: links and anchors resolve, every environment variable that they name is a setting,
 * docs/storage.md has every table and column, and each guarantee's row in SECURITY.md links tests that cite it.
 */
import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { describeSettings } from '../packages/server/src/config.ts';
import { anchorsIn, documents, linksIn } from './markdown.ts';
import { conclude, filesIn, repositoryRoot, textOf } from './sources.ts';

/** Of the clients, and a family of names. */
const CLIENT_NAMES = new Set(['ALTER_API_KEY', 'ALTER_AGENT_KEY', 'ALTER_BASE_URL', 'ALTER_TOKEN', 'ALTER_']);

const pages = documents();
let links = 0;
const found = [
  ...pages.flatMap(brokenLinks),
  ...pages.flatMap(unknownSettings),
  ...undescribedColumns(),
  ...unprovenGuarantees(),
];
conclude(found, `${links} links in ${pages.length} documents`);

function brokenLinks(path: string): string[] {
  return linksIn(path).flatMap(({ line, target }) => {
    links += 1;
    const [file = '', anchor] = target.split('#');
    const linked = file === '' ? path : posix.normalize(posix.join(posix.dirname(path), file));
    if (!existsSync(new URL(linked, repositoryRoot))) return [`${path}:${line}: ${linked} does not exist`];
    if (anchor === undefined || anchorsIn(linked).has(anchor)) return [];
    return [`${path}:${line}: ${linked} has no heading #${anchor}`];
  });
}

function unknownSettings(path: string): string[] {
  const known = new Set(describeSettings().map(({ name }) => name));
  return textOf(path)
    .split('\n')
    .flatMap((text, at) =>
      [...text.matchAll(/\bALTER_[A-Z_]*/g)]
        .filter(([name]) => !known.has(name) && !CLIENT_NAMES.has(name))
        .map(([name]) => `${path}:${at + 1}: ${name} is not a setting`),
    );
}

/** Tables and columns as the migrations make them, in the simple form in which these are written. */
function tables(): Map<string, Set<string>> {
  const made = new Map<string, Set<string>>();
  for (const path of filesIn('packages/server/src/store/migrations/*.sql')) {
    const sql = textOf(path).replaceAll(/--.*$/gm, '');
    for (const [, name = '', body = ''] of sql.matchAll(/CREATE TABLE (\w+) \(\n(.*?)\n\)/gs))
      made.set(name, new Set([...body.matchAll(/^ {2}([a-z_]+) /gm)].map(([, column = '']) => column)));
    for (const [, name = '', column = ''] of sql.matchAll(/ALTER TABLE (\w+) ADD COLUMN (\w+)/g))
      made.get(name)?.add(column);
  }
  return made;
}

function undescribedColumns(): string[] {
  const sections = new Map(
    textOf('docs/storage.md')
      .split(/^### /m)
      .slice(1)
      .map((text) => [text.slice(0, text.indexOf('\n')), text]),
  );
  return [...tables()].flatMap(([table, columns]) => {
    const section = sections.get(table);
    if (section === undefined) return [`docs/storage.md: the table ${table} is missing`];
    const described = new Set([...section.matchAll(/`(\w+)`/g)].map(([, name = '']) => name));
    return [...columns.difference(described)].map(
      (column) => `docs/storage.md: the column ${table}.${column} is missing`,
    );
  });
}

function unprovenGuarantees(): string[] {
  const rows = textOf('SECURITY.md').matchAll(/^\| (I\d+) \|.*$/gm);
  return [...rows].flatMap(([row, id = '']) => {
    const tests = [...row.matchAll(/\]\(([^)]+\.test\.ts)\)/g)].map(([, path = '']) => path);
    if (tests.length === 0) return [`SECURITY.md: ${id} links no test`];
    return tests
      .filter((path) => existsSync(new URL(path, repositoryRoot)))
      .filter((path) => !new RegExp(`['\`"].*\\b${id}\\b`).test(textOf(path)))
      .map((path) => `SECURITY.md: ${path} does not cite ${id}`);
  });
}
