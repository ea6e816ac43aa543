/** `alter audit`: tail, search, export, and verify without the server. */
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import { verifyExport } from '../audit-verify.ts';
import {
  type Add,
  collect,
  contextOf,
  leaf,
  type Outcome,
  pairOf,
  type Shared,
  wholeNumber,
} from '../command.ts';
import { readFileText } from '../credential-input.ts';
import { EXIT, Failure, usage } from '../failure.ts';
import type { Output, Row } from '../output.ts';
import type { Io } from '../run.ts';
import { isRow, type Query, type VaultApi } from '../vault-api.ts';

const FILTERS = [
  'from',
  'to',
  'kind',
  'grant-id',
  'secret-id',
  'agent-id',
  'key-id',
  'caller',
  'method',
  'host',
  'url-prefix',
] as const;
const MORE_FILTERS = ['decision', 'code', 'status-code', 'mode', 'approval-id', 'flag', 'q'] as const;
const TAIL_PAUSE_MS = 1000;
const TAIL_REMEMBERED_MAX = 2000;

type FilterOptions = Shared & Readonly<Record<string, unknown>>;

export const addAuditCommands: Add = (root, io, outcome) => {
  const audit = root.command('audit').description('Who used which credential, when and why');
  withFilters(
    leaf(audit, 'tail', 'Show the latest events, and new ones as they come', [
      'alter audit tail',
      'alter audit tail --grant-id 0199… --lines 50',
      'alter audit tail --no-follow --json',
    ]),
  )
    .option('--lines <n>', 'how many to begin with', '20')
    .option('--no-follow', 'do not wait for new ones')
    .action((options: FilterOptions) => tail(options, io, outcome));
  withFilters(
    leaf(audit, 'search', 'Search events', [
      'alter audit search --host api.openai.com --decision deny',
      'alter audit search --context tool=summarize --limit 500',
    ]),
  )
    .option('--limit <n>', 'at most so many', '50')
    .action(async (options: FilterOptions) => {
      const { api, out } = contextOf(io, outcome, options);
      const limit = wholeNumber('--limit', String(options['limit']), 1);
      out.table(
        await newest(api, await auditPath(api, options), filtersOf(options), limit),
        COLUMNS,
        'No such events.',
      );
    });
  withFilters(
    leaf(audit, 'export', 'Write events as NDJSON, which can be verified, or CSV', [
      'alter audit export > audit.ndjson',
      'alter audit export --format csv --from 2026-11-01T00:00:00Z --output audit.csv',
    ]),
  )
    .option('--format <format>', 'ndjson or csv', 'ndjson')
    .option('--output <file>', 'where to; must not exist yet')
    .action((options: FilterOptions) => exportEvents(options, io, outcome));
  leaf(
    audit,
    'verify <file>',
    'Verify an NDJSON export against a checkpoint and the public key, offline',
    [
      'alter audit verify audit.ndjson --checkpoint checkpoint.txt --public-key vault.pub',
      'alter audit verify audit.ndjson                 asks the vault for both',
    ],
    false,
  )
    .option('--checkpoint <file>', 'a checkpoint, best one that you kept from earlier')
    .option('--public-key <file>', 'the verifier key of the log')
    .action((file: string, options: Shared & { checkpoint?: string; publicKey?: string }) =>
      verifyFile(file, options, io, outcome),
    );
};

const COLUMNS = [
  ['AT', 'at'],
  ['KIND', 'kind'],
  ['DECISION', 'decision'],
  ['CODE', 'code'],
  ['STATUS', 'status_code'],
  ['METHOD', 'method'],
  ['URL', 'url'],
  ['GRANT ID', 'grant_id'],
  ['REQUEST ID', 'request_id'],
] as const;

function withFilters(command: Command): Command {
  for (const name of [...FILTERS, ...MORE_FILTERS])
    command.option(`--${name} <value>`, `only where ${name.replaceAll('-', '_')} is this`);
  return command.option('--context <key=value>', 'only where the context holds this; repeatable', collect);
}

function filtersOf(options: FilterOptions): Record<string, string> {
  const query: Record<string, string> = {};
  for (const name of [...FILTERS, ...MORE_FILTERS]) {
    const value = options[name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())];
    if (typeof value === 'string') query[name.replaceAll('-', '_')] = value;
  }
  const contexts = Array.isArray(options['context']) ? options['context'] : [];
  for (const text of contexts) {
    const [key, value] = pairOf('--context', String(text));
    query[`context.${key}`] = value;
  }
  return query;
}

async function auditPath(api: VaultApi, { app }: Shared): Promise<string> {
  return `${await api.appPath(app)}/audit`;
}

async function newest(api: VaultApi, path: string, query: Query, count: number): Promise<Row[]> {
  const items: Row[] = [];
  let cursor: string | undefined;
  do {
    const page = await api.page(path, { ...query, limit: Math.min(200, count - items.length), cursor });
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== undefined && items.length < count);
  return items.slice(0, count);
}

async function tail(options: FilterOptions, io: Io, outcome: Outcome): Promise<void> {
  const { api, out } = contextOf(io, outcome, options);
  const path = await auditPath(api, options);
  const query = filtersOf(options);
  let count = wholeNumber('--lines', String(options['lines']), 1);
  const seen = new Set<unknown>();
  for (;;) {
    const events = await newest(api, path, query, count);
    for (const event of events.filter(({ event_id }) => !seen.has(event_id)).reverse()) print(out, event);
    for (const { event_id } of events) seen.add(event_id);
    for (const old of seen) if (seen.size > TAIL_REMEMBERED_MAX) seen.delete(old);
    if (options['follow'] === false) return;
    count = 200;
    await pause(TAIL_PAUSE_MS);
  }
}

function print(out: Output, event: Row): void {
  const { at, kind, decision, code, status_code, method, url, reason } = event;
  const actor = isRow(event['actor']) ? event['actor'] : {};
  const who = actor['caller'] ?? actor['key_prefix'] ?? actor['member_id'];
  out.line(
    event,
    [
      at,
      kind,
      decision ?? '',
      code ?? status_code ?? '',
      method ?? '',
      url ?? '',
      who ?? '',
      reason ?? '',
    ].filter((part) => part !== ''),
  );
}

async function exportEvents(options: FilterOptions, io: Io, outcome: Outcome): Promise<void> {
  const format = options['format'];
  if (format !== 'ndjson' && format !== 'csv')
    throw usage('--format is ndjson or csv.', 'Only ndjson can be verified.');
  const { api } = contextOf(io, outcome, options);
  const response = await api.open(`${await auditPath(api, options)}/export`, {
    ...filtersOf(options),
    format,
  });
  const path = options['output'];
  if (typeof path !== 'string') return copy(response, io.stdout);
  const file = await createFile(path);
  await copy(response, file);
  file.end();
  await once(file, 'close');
}

async function createFile(path: string): Promise<Writable> {
  try {
    return (await open(path, 'wx', 0o600)).createWriteStream();
  } catch {
    throw usage(`The file ${path} can't be made.`, 'It must not exist yet, and its directory must.');
  }
}

async function copy(response: Response, to: Writable): Promise<void> {
  try {
    for await (const chunk of response.body ?? []) if (!to.write(chunk)) await once(to, 'drain');
  } catch {
    throw new Failure(
      EXIT.unreachable,
      'The export broke off.',
      'What was written is not complete; run it again.',
    );
  }
}

async function verifyFile(
  path: string,
  options: Shared & { checkpoint?: string; publicKey?: string },
  io: Io,
  outcome: Outcome,
): Promise<void> {
  const { api, out } = contextOf(io, outcome, options);
  const checkpoint =
    options.checkpoint === undefined
      ? await api.text('/v1/audit/checkpoint')
      : await readFileText(options.checkpoint);
  const key =
    options.publicKey === undefined
      ? await api.text('/v1/audit/public-key')
      : await readFileText(options.publicKey);
  const lines = createInterface({ input: await readable(path), crlfDelay: Infinity });
  const result = await verifyExport({ lines, checkpoint, publicKey: key.trim() });
  if (!result.ok) {
    if (out.isJson) out.json(result);
    const where = result.leafIndex === undefined ? '' : ` at leaf ${result.leafIndex}`;
    throw new Failure(
      EXIT.refused,
      `The export is not what was logged${where}: ${result.problem}.`,
      'Keep the file and the checkpoint as evidence.',
      { code: 'audit_mismatch' },
    );
  }
  const { events, size, withheld, beyond } = result;
  const rest = `${withheld > 0 ? `, ${withheld} left out by the export` : ''}${beyond > 0 ? `, ${beyond} newer than it` : ''}`;
  out.done(result, `The export is intact: ${events} events under a checkpoint of ${size} leaves${rest}.`);
}

async function readable(path: string): Promise<Readable> {
  const stream = createReadStream(path);
  try {
    await once(stream, 'open');
    return stream;
  } catch {
    throw usage(`The file ${path} can't be read.`, 'Check the path and its permissions.');
  }
}
