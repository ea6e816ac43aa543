/** `alter grants`: create, clone, revoke, list, draw, count. */
import type { Command } from 'commander';
import { type Add, contextOf, given, leaf, type Shared, wholeNumber } from '../command.ts';
import { readFileText, readStdin } from '../credential-input.ts';
import { usage } from '../failure.ts';
import type { Output, Row } from '../output.ts';
import { parseJson } from '../policy-rule.ts';
import type { Io } from '../run.ts';
import { isRow } from '../vault-api.ts';

interface GrantOptions extends Shared {
  readonly secret?: string;
  readonly principal?: string;
  readonly label?: string;
  readonly expiresAt?: string;
  readonly ttlSeconds?: string;
}

export const addGrantCommands: Add = (root, io, outcome) => {
  const grants = root.command('grants').description('Grants: who may use which credential');

  withLifetime(
    leaf(grants, 'create', 'Make a grant of a secret', [
      'alter grants create --secret openai-prod --label nightly --ttl-seconds 86400',
      'alter grants create --secret openai-prod --principal agent:0199…',
    ]),
  )
    .requiredOption('--secret <name|id>', 'whose credential')
    .action(async (options: GrantOptions & { secret: string }) => {
      const { api, out } = contextOf(io, outcome, options);
      const secrets = `${await api.appPath(options.app)}/secrets`;
      const secretId = await api.idOf('secret', options.secret, secrets);
      const grant = await api.send('POST', `${secrets}/${secretId}/grants`, bodyOf(options));
      out.details(grant, shown(grant));
    });

  withLifetime(
    leaf(
      grants,
      'clone <grant_id>',
      'Clone a grant; the clone never outlives its source',
      [
        'alter grants clone 0199… --ttl-seconds 3600 --label "one job"',
        'alter grants clone 0199… --policies narrower.json',
      ],
      false,
    ),
  )
    .option('--policies <file|->', 'further policies for the clone: a JSON list of { name, mode?, rule }')
    .action(async (grantId: string, options: GrantOptions & { policies?: string }) => {
      const { api, out } = contextOf(io, outcome, options);
      const policies = options.policies === undefined ? undefined : await readPolicies(options.policies, io);
      const body = { ...bodyOf(options), ...given({ policies }) };
      const grant = await api.send('POST', `/v1/grants/${encodeURIComponent(grantId)}/clone`, body);
      out.details(grant, [...shown(grant), ['cloned_from', grant['cloned_from']]]);
    });

  leaf(
    grants,
    'revoke <grant_id>',
    'Revoke a grant at once, and its clones with it',
    ['alter grants revoke 0199… --reason "job is over"'],
    false,
  )
    .option('--reason <text>', 'why, for the audit log')
    .action(async (grantId: string, options: Shared & { reason?: string }) => {
      const { api, out } = contextOf(io, outcome, options);
      const answer = await api.send(
        'POST',
        `/v1/grants/${encodeURIComponent(grantId)}/revoke`,
        given({ reason: options.reason }),
      );
      const clones = Array.isArray(answer['clones_revoked']) ? answer['clones_revoked'].length : 0;
      out.done(
        answer,
        `The grant ${grantId} is revoked${clones === 0 ? '' : `, and ${clones} of its clones`}.`,
      );
    });

  leaf(grants, 'list', 'List grants', [
    'alter grants list --status active',
    'alter grants list --secret openai-prod',
  ])
    .option('--secret <name|id>', 'only of this secret')
    .option('--principal <type[:id]>', 'only of this principal')
    .option('--status <status>', 'active, expired or revoked')
    .option('--unused-days <n>', 'only what works and was not used for so many days')
    .action(async (options: GrantOptions & { status?: string; unusedDays?: string }) => {
      const { api, out } = contextOf(io, outcome, options);
      const app = await api.appPath(options.app);
      const { secret, principal, status, unusedDays } = options;
      const secretId = secret === undefined ? undefined : await api.idOf('secret', secret, `${app}/secrets`);
      const items = await api.list(`${app}/grants`, {
        secret_id: secretId,
        principal,
        status,
        unused_days: unusedDays === undefined ? undefined : wholeNumber('--unused-days', unusedDays, 1),
      });
      out.table(
        items,
        [
          ['GRANT ID', 'grant_id'],
          ['SECRET', 'secret_name'],
          ['PRINCIPAL', 'principal'],
          ['LABEL', 'label'],
          ['STATUS', 'status'],
          ['EXPIRES', 'expires_at'],
          ['LAST USED', 'last_used_at'],
        ],
        'No such grants.',
      );
    });

  leaf(grants, 'tree [grant_id]', 'Show grants below the ones that they were cloned from', [
    'alter grants tree',
    'alter grants tree 0199…      this one and all that was cloned from it',
    'alter grants tree --secret openai-prod',
  ])
    .option('--secret <name|id>', 'only of this secret')
    .action(async (rootId: string | undefined, options: Shared & { secret?: string }) => {
      const { api, out } = contextOf(io, outcome, options);
      const app = await api.appPath(options.app);
      const { secret } = options;
      const secretId = secret === undefined ? undefined : await api.idOf('secret', secret, `${app}/secrets`);
      const items = await api.list(`${app}/grants`, { secret_id: secretId, root: rootId, tree: 'true' });
      if (out.isJson) return out.json({ items });
      if (items.length === 0) out.done(undefined, 'No such grants.');
      for (const line of treeLines(items)) out.done(undefined, line);
    });

  leaf(
    grants,
    'usage <grant_id>',
    'Show what a grant was used for, and how much of its limits is left',
    ['alter grants usage 0199…', 'alter grants usage 0199… --from 2026-11-01T00:00:00Z --json'],
    false,
  )
    .option('--from <time>', 'RFC 3339; by default a day ago')
    .option('--to <time>', 'RFC 3339; by default now')
    .action(async (grantId: string, options: Shared & { from?: string; to?: string }) => {
      const { api, out } = contextOf(io, outcome, options);
      const { from, to } = options;
      showUsage(out, await api.get(`/v1/grants/${encodeURIComponent(grantId)}/usage`, { from, to }));
    });
};

function showUsage(out: Output, answer: Row): void {
  if (out.isJson) return out.json(answer);
  const totals = isRow(answer['totals']) ? answer['totals'] : {};
  out.details(answer, [
    ['from', answer['from']],
    ['to', answer['to']],
    ...['calls', 'held', 'denials', 'errors', 'bytes_in', 'bytes_out'].map(
      (name) => [name, totals[name]] as const,
    ),
  ]);
  out.raw('\n');
  const limits = Array.isArray(answer['limits']) ? answer['limits'].filter(isRow) : [];
  out.table(
    limits.map((limit) => ({ ...limit, in: windowText(limit['window']), whose: whoseText(limit) })),
    [
      ['LIMIT OF', 'name'],
      ['MODE', 'mode'],
      ['WHOSE', 'whose'],
      ['USED', 'used'],
      ['OF', 'limit'],
      ['IN', 'in'],
      ['RESETS AT', 'resets_at'],
    ],
    'No limit applies to this grant.',
  );
}

function windowText(window: unknown): string {
  const { seconds, period, timezone, type } = isRow(window) ? window : {};
  return type === 'period'
    ? `${String(period)}, ${String(timezone)}`
    : `${String(seconds)} s, ${String(type)}`;
}

function whoseText({ per, subject }: Row): string {
  const of = isRow(subject) ? subject : {};
  const who = of[per === 'caller' ? 'caller' : `${String(per)}_id`];
  return per === 'grant' || typeof who !== 'string' ? String(per) : `${String(per)} ${who}`;
}

/** A JSON list of policies for a clone. */
async function readPolicies(path: string, io: Io): Promise<unknown> {
  const policies = parseJson(path === '-' ? await readStdin(io) : await readFileText(path));
  if (Array.isArray(policies)) return policies;
  throw usage(
    '--policies holds no JSON list.',
    'For example [{"name":"one-job","rule":{"type":"quota","limit":10,"period":"day"}}].',
  );
}

/** One line for each grant, drawn below its source. A grant whose source is not in the list is drawn as a root. */
export function treeLines(grants: readonly Row[]): string[] {
  const ids = new Set(grants.map(({ grant_id }) => grant_id));
  const clonesOf = Map.groupBy(grants, ({ cloned_from: from }) => (ids.has(from) ? from : null));
  const lines: string[] = [];
  const visit = (grant: Row, indent: string, isLast: boolean, isRoot: boolean): void => {
    lines.push(`${indent}${isRoot ? '' : isLast ? '└─ ' : '├─ '}${grantText(grant)}`);
    const below = isRoot ? indent : `${indent}${isLast ? '   ' : '│  '}`;
    const clones = clonesOf.get(grant['grant_id']) ?? [];
    for (const [at, clone] of clones.entries()) visit(clone, below, at === clones.length - 1, false);
  };
  for (const root of clonesOf.get(null) ?? []) visit(root, '', true, true);
  return lines;
}

function grantText(grant: Row): string {
  const { grant_id: id, secret_name: secret, label, status, expires_at: expiresAt } = grant;
  const principal = isRow(grant['principal']) ? grant['principal'] : {};
  const who = [principal['type'], principal['id']].filter((part) => typeof part === 'string').join(':');
  const policies =
    typeof grant['policies'] === 'number' && grant['policies'] > 0 ? `policies: ${grant['policies']}` : '';
  const until = typeof expiresAt === 'string' && status === 'active' ? `until ${expiresAt}` : '';
  return [id, secret, who, label, status, until, policies]
    .filter((part) => typeof part === 'string' && part !== '')
    .join('  ');
}

function withLifetime(command: Command): Command {
  return command
    .option('--principal <type[:id]>', 'who it is for: system, agent:ID, user:ID or group:ID')
    .option('--label <text>', 'what it is for')
    .option('--expires-at <time>', 'RFC 3339')
    .option('--ttl-seconds <n>', 'or how long it lives');
}

function bodyOf({ principal, label, expiresAt, ttlSeconds }: GrantOptions): Record<string, unknown> {
  if (expiresAt !== undefined && ttlSeconds !== undefined)
    throw usage('--expires-at and --ttl-seconds say the same.', 'Leave one out.');
  return given({
    principal: principal === undefined ? undefined : principalOf(principal),
    label,
    expires_at: expiresAt,
    ttl_seconds: ttlSeconds === undefined ? undefined : wholeNumber('--ttl-seconds', ttlSeconds, 1),
  });
}

function principalOf(text: string): Record<string, unknown> {
  const at = text.indexOf(':');
  return at === -1 ? { type: text } : { type: text.slice(0, at), id: text.slice(at + 1) };
}

const shown = (grant: Row): [string, unknown][] => [
  ['grant_id', grant['grant_id']],
  ['secret', grant['secret_name']],
  ['expires_at', grant['expires_at']],
];
