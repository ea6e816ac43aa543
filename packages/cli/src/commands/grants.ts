/** `alter grants`: create, clone, revoke, list. */
import type { Command } from 'commander';
import { type Add, contextOf, given, leaf, type Shared, wholeNumber } from '../command.ts';
import { usage } from '../failure.ts';
import type { Row } from '../output.ts';

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
      ['alter grants clone 0199… --ttl-seconds 3600 --label "one job"'],
      false,
    ),
  ).action(async (grantId: string, options: GrantOptions) => {
    const { api, out } = contextOf(io, outcome, options);
    const grant = await api.send('POST', `/v1/grants/${encodeURIComponent(grantId)}/clone`, bodyOf(options));
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
    .action(async (options: GrantOptions & { status?: string }) => {
      const { api, out } = contextOf(io, outcome, options);
      const app = await api.appPath(options.app);
      const { secret, principal, status } = options;
      const secretId = secret === undefined ? undefined : await api.idOf('secret', secret, `${app}/secrets`);
      const items = await api.list(`${app}/grants`, { secret_id: secretId, principal, status });
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
};

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
