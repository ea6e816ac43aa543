/**
 * Every setting: name, default, meaning, and how its text is read. Read once, frozen. The only reader of the
 * environment; opens no file and no socket. docs/settings.md is made from this table.
 */
import { isIP } from 'node:net';
import { join } from 'node:path';
import { nearest } from './nearest.ts';
import { contradictions } from './setting-contradictions.ts';
import {
  LOG_LEVELS,
  Problem,
  integer,
  nonEmpty,
  oneOf,
  parseBootstrapToken,
  parseCidrs,
  parseDatabaseUrl,
  parseDomains,
  parseEmailAddress,
  parseHost,
  parseIssuer,
  parsePublicUrl,
  parseRedisUrl,
  parseResolve,
  parseScopes,
  parseRootKey,
  parseShortName,
  parseSmtpUrl,
} from './setting-values.ts';
import type { Secret } from './vault/secret.ts';

export type { DialAddress, LogLevel, SmtpServer } from './setting-values.ts';

interface Setting<T> {
  readonly name: string;
  /** As text; undefined where there is none. */
  readonly default?: string;
  /** In place of the default's text in the documentation. */
  readonly defaultMeaning?: string;
  readonly meaning: string;
  readonly parse: (text: string) => T;
}

const MAX_PORT = 65_535;
const MAX_MS = 86_400_000;
/** Dialling gives up after this in any case (egress/). */
const MAX_CONNECT_MS = 10_000;
const GIB = 1_073_741_824;

const SETTINGS = {
  host: setting(
    'ALTER_HOST',
    '127.0.0.1',
    'Address to listen on: API, portal and docs. Another than loopback needs an https `ALTER_PUBLIC_URL`.',
    parseHost,
  ),
  port: setting('ALTER_PORT', '7400', 'Port to listen on; `0` lets the system choose.', integer(0, MAX_PORT)),
  publicUrl: optional(
    'ALTER_PUBLIC_URL',
    'from host and port',
    'Origin used in links and cookies, e.g. `https://vault.example.com`.',
    parsePublicUrl,
  ),
  workers: setting('ALTER_WORKERS', '1', 'Worker processes, 1 to 64.', integer(1, 64)),
  dataDir: setting(
    'ALTER_DATA_DIR',
    './data',
    'Directory of the embedded PostgreSQL and, unless configured otherwise, of the root key.',
    nonEmpty,
  ),
  databaseUrl: optional(
    'ALTER_DATABASE_URL',
    'the embedded PostgreSQL',
    'Use this PostgreSQL (15 or later) instead, in the runtime role.',
    parseDatabaseUrl,
  ),
  databaseOwnerUrl: optional(
    'ALTER_DATABASE_OWNER_URL',
    'none',
    'The role that owns the tables: migrations and retention; closed after use. Without it the database itself does not enforce that audit is append-only.',
    parseDatabaseUrl,
  ),
  redisUrl: optional(
    'ALTER_REDIS_URL',
    'none: limits are counted in PostgreSQL',
    'Count rate limits and quotas in this Redis (6.2 or later) or Valkey: `rediss://user:password@host:6379`, with `maxmemory-policy noeviction`. While it can not be reached, calls that have a limit are refused.',
    parseRedisUrl,
  ),
  rootKey: optional(
    'ALTER_ROOT_KEY',
    'none',
    'The root key: 32 bytes in base64. A file or a KMS is safer than a variable.',
    parseRootKey,
  ),
  rootKeyFile: optional(
    'ALTER_ROOT_KEY_FILE',
    '`root.key` in the data directory, made at the first start',
    'File with the root key: 32 bytes in base64.',
    nonEmpty,
  ),
  previousRootKey: optional(
    'ALTER_PREVIOUS_ROOT_KEY',
    'none',
    'While the root key is being replaced: the one before.',
    parseRootKey,
  ),
  previousRootKeyFile: optional('ALTER_PREVIOUS_ROOT_KEY_FILE', 'none', 'The same, in a file.', nonEmpty),
  bootstrapToken: optional(
    'ALTER_BOOTSTRAP_TOKEN',
    'none; the first start prints a one-time link',
    "With an empty database: makes organization and app `default` and an owner's access token with this value, `alter_pat_` and at least 32 characters. Ignored once the database is not empty.",
    parseBootstrapToken,
  ),
  bootstrapTokenHours: setting(
    'ALTER_BOOTSTRAP_TOKEN_HOURS',
    '24',
    'Hours until the bootstrap token expires, 1 to 8760.',
    integer(1, 8_760),
  ),
  egressAllow: setting(
    'ALTER_EGRESS_ALLOW',
    '',
    'Comma-separated CIDRs of private or loopback upstreams that may be called, e.g. `127.0.0.0/8`. Metadata addresses stay refused.',
    parseCidrs,
  ),
  egressCaFile: optional(
    'ALTER_EGRESS_CA_FILE',
    "the system's",
    'File with extra certificate authorities for upstream TLS (PEM).',
    nonEmpty,
  ),
  egressResolve: setting(
    'ALTER_EGRESS_RESOLVE',
    '',
    '`host:port=address:port`, comma-separated: where a host is dialled instead of asking DNS. The address must be allowed; the TLS name stays the host.',
    parseResolve,
  ),
  smtpServer: optional(
    'ALTER_SMTP_URL',
    'none: no e-mail',
    'Mail server for notifications: `smtps://user:password@host:465`, or `smtp://…:587` for STARTTLS. The certificate is always verified; a private address must be in `ALTER_EGRESS_ALLOW`.',
    parseSmtpUrl,
  ),
  smtpPasswordFile: optional(
    'ALTER_SMTP_PASSWORD_FILE',
    'none',
    'File with the password of the mail server, instead of one in `ALTER_SMTP_URL`.',
    nonEmpty,
  ),
  smtpFrom: optional(
    'ALTER_SMTP_FROM',
    'none: no e-mail to members',
    'Sender of the vault’s own e-mail to members: invitations, recovery, notices of grave changes. Needs `ALTER_SMTP_URL`.',
    parseEmailAddress,
  ),
  oidcIssuer: optional(
    'ALTER_OIDC_ISSUER',
    'none: no single sign-on',
    'Issuer of an OpenID Connect provider, as `https://…`. Its redirect URI is `/v1/session/sso/callback` of `ALTER_PUBLIC_URL`.',
    parseIssuer,
  ),
  oidcClientId: optional('ALTER_OIDC_CLIENT_ID', 'none', 'What the provider calls this vault.', nonEmpty),
  oidcClientSecretFile: optional(
    'ALTER_OIDC_CLIENT_SECRET_FILE',
    'none: a public client',
    'File with the secret that the provider gave this vault.',
    nonEmpty,
  ),
  oidcName: setting(
    'ALTER_OIDC_NAME',
    'single sign-on',
    'Of the provider, as people know it: the button of the sign-in says “Continue with …”. At most 40 characters.',
    parseShortName,
  ),
  oidcScopes: setting(
    'ALTER_OIDC_SCOPES',
    'openid email profile',
    'What the provider is asked for, with spaces between; `openid` must be of it.',
    parseScopes,
  ),
  oidcDomains: setting(
    'ALTER_OIDC_DOMAINS',
    '',
    'Comma-separated domains whose people become members by signing in, without an invitation. Only what the provider verified counts.',
    parseDomains,
  ),
  oidcRole: setting(
    'ALTER_OIDC_ROLE',
    'auditor',
    'Role of who becomes a member that way: `developer`, `approver` or `auditor`.',
    oneOf(['developer', 'approver', 'auditor'] as const),
  ),
  trustedProxies: setting(
    'ALTER_TRUSTED_PROXIES',
    '',
    'Comma-separated CIDRs whose `X-Forwarded-For` is believed, from the right.',
    parseCidrs,
  ),
  heldBodyBytesMax: setting(
    'ALTER_HELD_BODY_BYTES_MAX',
    '10485760',
    'Largest body that is kept whole (approvals, body conditions, signed payloads), in bytes. Everything else streams at any size.',
    integer(1, GIB),
  ),
  approvalResultHours: setting(
    'ALTER_APPROVAL_RESULT_HOURS',
    '24',
    'Hours for which the request and result of a held call are kept once it has ended, 1 to 8760; then they are shredded.',
    integer(1, 8_760),
  ),
  responseBytesMax: optional(
    'ALTER_RESPONSE_BYTES_MAX',
    'none',
    'Largest answer of an upstream, in bytes.',
    integer(1, Number.MAX_SAFE_INTEGER),
  ),
  connectTimeoutMs: setting(
    'ALTER_CONNECT_TIMEOUT_MS',
    '10000',
    'How long connecting to an upstream may take, TLS included; 10000 at most.',
    integer(1, MAX_CONNECT_MS),
  ),
  firstByteTimeoutMs: setting(
    'ALTER_FIRST_BYTE_TIMEOUT_MS',
    '300000',
    'How long an upstream may take until its answer begins.',
    integer(1, MAX_MS),
  ),
  idleTimeoutMs: setting(
    'ALTER_IDLE_TIMEOUT_MS',
    '300000',
    'How long an upstream may be silent within its answer.',
    integer(1, MAX_MS),
  ),
  callsMax: setting(
    'ALTER_CALLS_MAX',
    '10000',
    'Calls at once per worker; more are refused as `overloaded`.',
    integer(1, 1_000_000),
  ),
  auditRetentionMonths: optional(
    'ALTER_AUDIT_RETENTION_MONTHS',
    'none: kept for ever',
    'Whole months of audit events to keep, unless more is set in the portal, where nobody can set less. Needs the owner role.',
    integer(1, 1_200),
  ),
  keyringRotateDays: setting(
    'ALTER_KEYRING_ROTATE_DAYS',
    '90',
    'Days after which the key that wraps credentials is rotated by itself, while calls go on; `0` for never. After 2^32 wraps it is rotated in any case.',
    integer(0, 3_650),
  ),
  logLevel: setting('ALTER_LOG_LEVEL', 'info', `One of ${LOG_LEVELS.join(', ')}.`, oneOf(LOG_LEVELS)),
};

/** Of the SDKs and the command line; may stand in the same environment. */
const FOREIGN_NAMES = new Set(['ALTER_API_KEY', 'ALTER_BASE_URL', 'ALTER_TOKEN', 'ALTER_AGENT_KEY']);

export type SettingValues = {
  readonly [K in keyof typeof SETTINGS]: ReturnType<(typeof SETTINGS)[K]['parse']>;
};

export type DatabaseConfig =
  | { readonly kind: 'embedded' }
  | { readonly kind: 'external'; readonly url: Secret; readonly ownerUrl: Secret | undefined };

export type RootKeyConfig =
  | { readonly kind: 'value'; readonly key: Secret }
  /** `mayCreate`: nobody configured one, so the first start makes this file. */
  | { readonly kind: 'file'; readonly path: string; readonly mayCreate: boolean };

type Derived =
  | 'databaseUrl'
  | 'databaseOwnerUrl'
  | 'rootKey'
  | 'rootKeyFile'
  | 'previousRootKey'
  | 'previousRootKeyFile';

export interface Config extends Omit<SettingValues, Derived> {
  readonly database: DatabaseConfig;
  readonly rootKey: RootKeyConfig;
  readonly previousRootKey: RootKeyConfig | undefined;
}

/** All that is wrong at once, one line each: nobody should have to start ten times. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(['The settings are not usable:', ...problems.map((problem) => `  ${problem}`)].join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const problems = unknownNames(env);
  const values = readValues(env, problems);
  problems.push(...contradictions(values));
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(toConfig(asComplete(values)));
}

/** The origin in links: as configured, else from host and the port that was bound. */
export function publicOrigin(config: Pick<Config, 'publicUrl' | 'host'>, boundPort: number): string {
  if (config.publicUrl !== undefined) return config.publicUrl;
  return `http://${isIP(config.host) === 6 ? `[${config.host}]` : config.host}:${boundPort}`;
}

/** The table, for the documentation. */
export function describeSettings(): { name: string; default: string; meaning: string }[] {
  return Object.values(SETTINGS).map((one) => ({
    name: one.name,
    default: one.defaultMeaning ?? (one.default === '' ? 'none' : `\`${one.default ?? ''}\``),
    meaning: one.meaning,
  }));
}

function setting<T>(name: string, fallback: string, meaning: string, parse: (text: string) => T): Setting<T> {
  return { name, default: fallback, meaning, parse };
}

function optional<T>(
  name: string,
  defaultMeaning: string,
  meaning: string,
  parse: (text: string) => T,
): Setting<T | undefined> {
  return { name, defaultMeaning, meaning, parse };
}

function unknownNames(env: Readonly<Record<string, string | undefined>>): string[] {
  const known = Object.values(SETTINGS).map((one) => one.name);
  return Object.keys(env)
    .filter((name) => name.startsWith('ALTER_') && env[name] !== undefined)
    .filter((name) => !known.includes(name) && !FOREIGN_NAMES.has(name))
    .map((name) => `${name} is not a setting. Did you mean ${nearest(name, known)}? Unset or rename it.`);
}

function readValues(
  env: Readonly<Record<string, string | undefined>>,
  problems: string[],
): Partial<SettingValues> {
  const entries = Object.entries(SETTINGS).map(([key, one]) => {
    // Set but empty is how many tools write "not set".
    const text = env[one.name]?.trim() || one.default;
    try {
      return [key, text === undefined ? undefined : one.parse(text)];
    } catch (thrown) {
      if (!(thrown instanceof Problem)) throw thrown;
      problems.push(`${one.name} ${thrown.message}`);
      return [key, undefined];
    }
  });
  return Object.fromEntries(entries) as Partial<SettingValues>;
}

/** An edge: the table's keys are the fields, and each was parsed by its own entry; any that failed is a problem. */
function asComplete(values: Partial<SettingValues>): SettingValues {
  return values as SettingValues;
}

function toConfig(values: SettingValues): Config {
  const {
    databaseUrl,
    databaseOwnerUrl,
    rootKey,
    rootKeyFile,
    previousRootKey,
    previousRootKeyFile,
    ...rest
  } = values;
  return {
    ...rest,
    database:
      databaseUrl === undefined
        ? { kind: 'embedded' }
        : { kind: 'external', url: databaseUrl, ownerUrl: databaseOwnerUrl },
    rootKey: rootKeyFrom(rootKey, rootKeyFile) ?? {
      kind: 'file',
      path: join(values.dataDir, 'root.key'),
      mayCreate: true,
    },
    previousRootKey: rootKeyFrom(previousRootKey, previousRootKeyFile),
  };
}

function rootKeyFrom(key: Secret | undefined, path: string | undefined): RootKeyConfig | undefined {
  if (key !== undefined) return { kind: 'value', key };
  return path === undefined ? undefined : { kind: 'file', path, mayCreate: false };
}
