/**
 * I10: every statement on a table of an app names its app. The tables are read from the migrations: those with a
 * column app_id. A statement names its app when app_id is compared, joined on, written or the key of a conflict.
 * The table of apps itself may be searched in its organization. What is meant to span apps stands below with its reason; an exception that matches nothing fails.
 */
import {
  isNoSubstitutionTemplateLiteral,
  isStringLiteral,
  isTemplateExpression,
  type Node,
} from 'typescript';
import { conclude, filesIn, isTest, lineOf, sourcesIn, textOf, walk } from './sources.ts';

interface Exception {
  readonly file: string;
  /** A part of the statement, white space as single blanks. */
  readonly holds: string;
  readonly reason: string;
}

const ACROSS_APPS: readonly Exception[] = [
  {
    file: 'packages/server/src/store/limits.ts',
    holds: 'SELECT app_id, counter FROM limit_counters WHERE expires_at < clock_timestamp()',
    reason: 'ended counters are deleted, whatever app they are of; nothing of them is shown',
  },
  {
    file: 'packages/server/src/store/secret-versions.ts',
    holds: 'SELECT key_id, count(*)::int AS count FROM secret_versions GROUP BY key_id',
    reason: 'what each key of the keyring still wraps, counted over all apps; no row of an app is shown',
  },
  {
    file: 'packages/server/src/store/secret-versions.ts',
    holds: 'SELECT app_id, secret_id FROM secrets WHERE overlap_until <= clock_timestamp()',
    reason: 'upkeep finds the overlaps that are over in all apps; each is then ended in its own app',
  },
  {
    file: 'packages/server/src/store/channels.ts',
    holds: 'SELECT key_id, count(*)::int AS count FROM channel_secrets GROUP BY key_id',
    reason: 'the same, of the secrets of channels',
  },
  {
    file: 'packages/server/src/store/approval-blobs.ts',
    holds: 'SELECT key_id, count(*)::int AS count FROM approval_blobs GROUP BY key_id',
    reason: 'the same, of held calls and their results',
  },
  {
    file: 'packages/server/src/store/approval-blobs.ts',
    holds: 'FROM approval_blobs WHERE key_id = $1 AND (app_id, approval_id, kind) >',
    reason: 'a rotation seals anew what is under one key, whatever app it is of',
  },
  {
    file: 'packages/server/src/store/approval-blobs.ts',
    holds: 'DELETE FROM approval_blobs WHERE shred_at <= clock_timestamp()',
    reason: 'what was kept for its time is shredded, whatever app it is of; nothing of it is shown',
  },
  ...['counts', 'denials', 'latencies', 'changes'].map((table) => ({
    file: 'packages/server/src/audit/usage/count.ts',
    holds: `DELETE FROM usage_${table} WHERE start < $1`,
    reason: 'figures go with the months of the log, whatever app they are of; nothing of them is shown',
  })),
];

const appTables = new Set(filesIn('packages/server/src/store/migrations/*.sql').flatMap(tablesOfApps));
const used = new Set<Exception>();
let statements = 0;

const found = sourcesIn('packages/server/src/**/*.ts')
  .filter(({ path }) => !isTest(path))
  .flatMap((source) => {
    const objections: string[] = [];
    walk(source.tree, (node) => {
      const text = textOfLiteral(node);
      const tables = text === undefined ? [] : tablesIn(text);
      if (text === undefined || tables.length === 0) return;
      statements += 1;
      if (namesItsApp(text, tables) || isException(source.path, text)) return;
      objections.push(
        `${source.path}:${lineOf(source, node)}: I10: does not name app_id (${tables.join(', ')})`,
      );
    });
    return objections;
  });

const stale = ACROSS_APPS.filter((exception) => !used.has(exception)).map(
  ({ file, holds }) => `scripts/check-sql.ts: the exception for "${holds}" in ${file} matches nothing`,
);
const nothing =
  statements === 0 || appTables.size === 0 ? ['scripts/check-sql.ts: found no statement to judge'] : [];
conclude([...found, ...stale, ...nothing], `${statements} statements on ${appTables.size} tables of apps`);

function tablesOfApps(path: string): string[] {
  const tables = textOf(path).matchAll(/CREATE TABLE (?:IF NOT EXISTS )?(\w+) \(([^;]*)\)/g);
  return [...tables]
    .filter(([, , columns]) => /^\s*app_id\s/m.test(columns ?? ''))
    .map(([, name]) => name ?? '');
}

/** The text of a literal that is SQL; an interpolated expression stands as its source in `${…}`. */
function textOfLiteral(node: Node): string | undefined {
  const isText = isStringLiteral(node) || isNoSubstitutionTemplateLiteral(node);
  const text = isText ? node.text : isTemplateExpression(node) ? node.getText().slice(1, -1) : '';
  const flat = text.replaceAll(/\s+/g, ' ').trim();
  return /^(SELECT|INSERT|UPDATE|DELETE|WITH|COPY|TRUNCATE|LOCK)\b/i.test(flat) ? flat : undefined;
}

/** The tables of apps that a statement reads or writes; a name that is interpolated may be any of them. */
function tablesIn(sql: string): string[] {
  // extract(epoch FROM …) names no table.
  const named = sql
    .replace(/\bextract\s*\(\s*\w+\s+FROM\b/gi, '')
    .matchAll(/\b(?:FROM|JOIN|INTO|UPDATE|TABLE|COPY)\s+(?:ONLY\s+)?"?(\w+|\$\{[^}]*\})/gi);
  return [...named]
    .map(([, name]) => name ?? '')
    .filter((name) => name.startsWith('${') || appTables.has(name));
}

function namesItsApp(sql: string, tables: readonly string[]): boolean {
  const inOrganization = tables.every((table) => table === 'apps') && /\borg_id"?\s*=/i.test(sql);
  const compared = /\bapp_id"?\s*(=|IN\b)/i.test(sql);
  const joined = /\bUSING \(app_id\b/i.test(sql);
  const written = /\bINSERT INTO \w+(?: AS \w+)? \([^)]*(\bapp_id\b|\$\{)/i.test(sql);
  const writtenByName = /\bINSERT INTO \$\{[^}]*\} \(\$\{[^}]*\}\)/.test(sql);
  return inOrganization || compared || joined || written || writtenByName;
}

function isException(file: string, sql: string): boolean {
  const exception = ACROSS_APPS.find((one) => one.file === file && sql.includes(one.holds));
  if (exception !== undefined) used.add(exception);
  return exception !== undefined;
}
