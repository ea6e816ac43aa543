/** `alter keys`, `alter agents`: who may call. A key is printed once, when it is made. */
import { type Add, collect, contextOf, given, leaf, type Shared, wholeNumber } from '../command.ts';
import { usage } from '../failure.ts';

interface KeyOptions extends Shared {
  readonly name: string;
  readonly agent?: string;
  readonly ip?: readonly string[];
  readonly requestsPerMinute?: string;
  readonly expiresAt?: string;
  readonly allowRelease?: boolean;
}

interface KeyChanges extends Shared {
  readonly name?: string;
  readonly ip?: readonly string[];
  readonly anyIp?: boolean;
  /** `none`: no limit. */
  readonly requestsPerMinute?: string;
  /** `none`: never. */
  readonly expiresAt?: string;
  readonly allowRelease?: boolean;
}

export const addIdentityCommands: Add = (root, io, outcome) => {
  addKeyCommands(root, io, outcome);
  addAgentCommands(root, io, outcome);
};

const addKeyCommands: Add = (root, io, outcome) => {
  const keys = root.command('keys').description('API keys of programs and agents');
  leaf(keys, 'create', 'Make an API key; it is shown once', [
    'alter keys create --name ci',
    'alter keys create --name mailer --agent email-bot --ip 10.0.0.0/8 --requests-per-minute 60',
  ])
    .requiredOption('--name <name>', 'what it is for')
    .option('--agent <name|id>', 'a key of this agent, which reaches only its grants')
    .option('--ip <cidr>', 'only from this network; repeatable', collect)
    .option('--requests-per-minute <n>', 'at most so many calls')
    .option('--expires-at <time>', 'RFC 3339')
    .option('--allow-release', 'let this key have credentials released in request mode')
    .option('--no-allow-release', 'proxy mode only')
    .action(async (options: KeyOptions) => {
      const { api, out } = contextOf(io, outcome, options);
      const app = await api.appPath(options.app);
      const agentId =
        options.agent === undefined ? undefined : await api.idOf('agent', options.agent, `${app}/agents`);
      const rate = options.requestsPerMinute;
      const body = given({
        name: options.name,
        kind: agentId === undefined ? 'app' : 'agent',
        agent_id: agentId,
        ip_allowlist: options.ip,
        requests_per_minute: rate === undefined ? undefined : wholeNumber('--requests-per-minute', rate, 1),
        expires_at: options.expiresAt,
        allow_release: options.allowRelease,
      });
      const key = await api.send('POST', `${app}/keys`, body);
      out.details(key, [
        ['key_id', key['key_id']],
        ['api_key', key['api_key']],
        ['', 'Keep it now: it is not shown again.'],
      ]);
    });
  leaf(keys, 'list', 'List API keys', ['alter keys list', 'alter keys list --unused-days 90'])
    .option('--unused-days <n>', 'only what works and was not used for so many days')
    .action(async (options: Shared & { unusedDays?: string }) => {
      const { api, out } = contextOf(io, outcome, options);
      const days = options.unusedDays;
      const query = { unused_days: days === undefined ? undefined : wholeNumber('--unused-days', days, 1) };
      out.table(
        await api.list(`${await api.appPath(options.app)}/keys`, query),
        [
          ['NAME', 'name'],
          ['KIND', 'kind'],
          ['PREFIX', 'prefix'],
          ['EXPIRES', 'expires_at'],
          ['REVOKED', 'revoked_at'],
          ['LAST USED', 'last_used_at'],
          ['KEY ID', 'key_id'],
        ],
        days === undefined ? 'No keys yet. alter keys create makes one.' : 'No such keys.',
      );
    });
  leaf(keys, 'update <key_id>', 'Change what an API key may do; what is not named stays as it is', [
    'alter keys update 0199… --ip 10.0.0.0/8 --ip 192.0.2.7/32      from these networks only',
    'alter keys update 0199… --any-ip --requests-per-minute none',
    'alter keys update 0199… --expires-at 2027-01-01T00:00:00Z --no-allow-release',
  ])
    .option('--name <name>', 'what it is for')
    .option('--ip <cidr>', 'only from this network, in place of those before; repeatable', collect)
    .option('--any-ip', 'from everywhere')
    .option('--requests-per-minute <n>', 'at most so many calls; none lifts the limit')
    .option('--expires-at <time>', 'RFC 3339; none for never')
    .option('--allow-release', 'let this key have credentials released in request mode')
    .option('--no-allow-release', 'proxy mode only')
    .action(async (keyId: string, options: KeyChanges) => {
      const { api, out } = contextOf(io, outcome, options);
      const path = `${await api.appPath(options.app)}/keys/${encodeURIComponent(keyId)}`;
      const key = await api.send('PATCH', path, keyChanges(options));
      out.details(key, [
        ['key_id', key['key_id']],
        ['name', key['name']],
        ['ip_allowlist', key['ip_allowlist'] ?? 'from everywhere'],
        ['requests_per_minute', key['requests_per_minute'] ?? 'no limit'],
        ['expires_at', key['expires_at'] ?? 'never'],
        ['allow_release', key['allow_release']],
      ]);
    });
  leaf(keys, 'rotate <key_id>', 'Make the key that replaces this one, which goes on working for a while', [
    'alter keys rotate 0199…',
    'alter keys rotate 0199… --grace-seconds 0      the old key ends at once',
  ])
    .option('--grace-seconds <n>', 'how long the old key goes on working, a day by default')
    .option(
      '--expires-at <time>',
      'when the new key ends, RFC 3339; by default it lives as long as the old one was to',
    )
    .action(async (keyId: string, options: Shared & { graceSeconds?: string; expiresAt?: string }) => {
      const { api, out } = contextOf(io, outcome, options);
      const grace = options.graceSeconds;
      const body = given({
        grace_seconds: grace === undefined ? undefined : wholeNumber('--grace-seconds', grace, 0),
        expires_at: options.expiresAt,
      });
      const path = `${await api.appPath(options.app)}/keys/${encodeURIComponent(keyId)}/rotate`;
      const key = await api.send('POST', path, body);
      out.details(key, [
        ['key_id', key['key_id']],
        ['api_key', key['api_key']],
        ['', 'Keep it now: it is not shown again.'],
        ['replaces', keyId],
      ]);
    });
  leaf(keys, 'delete <key_id>', 'Revoke an API key at once', ['alter keys delete 0199…']).action(
    async (keyId: string, options: Shared) => {
      const { api, out } = contextOf(io, outcome, options);
      await api.send('DELETE', `${await api.appPath(options.app)}/keys/${encodeURIComponent(keyId)}`);
      out.done({ deleted: true }, `The key ${keyId} is revoked.`);
    },
  );
};

/** `none` takes a restriction away. */
function orNone<T>(text: string | undefined, parse: (text: string) => T): T | null | undefined {
  if (text === undefined) return undefined;
  return text === 'none' ? null : parse(text);
}

function keyChanges({
  name,
  ip,
  anyIp,
  requestsPerMinute: rate,
  expiresAt,
  allowRelease,
}: KeyChanges): Record<string, unknown> {
  if (ip !== undefined && anyIp === true)
    throw usage('--ip and --any-ip exclude each other.', 'Leave one out.');
  const changes = given({
    name,
    ip_allowlist: anyIp === true ? null : ip,
    requests_per_minute: orNone(rate, (text) => wholeNumber('--requests-per-minute', text, 1)),
    expires_at: orNone(expiresAt, (text) => text),
    allow_release: allowRelease,
  });
  if (Object.keys(changes).length === 0) throw usage('What is to change?', 'See alter keys update --help.');
  return changes;
}

const addAgentCommands: Add = (root, io, outcome) => {
  const agents = root
    .command('agents')
    .description('Agents: workloads that reach only the grants bound to them');
  leaf(agents, 'create', 'Make an agent', [
    'alter agents create --name email-bot --display-name "E-mail bot"',
  ])
    .requiredOption('--name <name>', 'its name, unique in the app')
    .option('--display-name <text>', 'how people know it')
    .action(async (options: Shared & { name: string; displayName?: string }) => {
      const { api, out } = contextOf(io, outcome, options);
      const body = given({ name: options.name, display_name: options.displayName });
      const agent = await api.send('POST', `${await api.appPath(options.app)}/agents`, body);
      out.details(agent, [
        ['agent', agent['name']],
        ['agent_id', agent['agent_id']],
      ]);
    });
  leaf(agents, 'list', 'List agents', ['alter agents list']).action(async (options: Shared) => {
    const { api, out } = contextOf(io, outcome, options);
    out.table(
      await api.list(`${await api.appPath(options.app)}/agents`),
      [
        ['NAME', 'name'],
        ['DISPLAY NAME', 'display_name'],
        ['CREATED', 'created_at'],
        ['AGENT ID', 'agent_id'],
      ],
      'No agents yet. alter agents create makes one.',
    );
  });
};
