/** `alter secrets`: store, list, rotate, delete. Reads no stored value, because there is no way to. */
import type { Command } from 'commander';
import {
  type Add,
  collect,
  type Context,
  contextOf,
  given,
  leaf,
  pairOf,
  type Shared,
  wholeNumber,
} from '../command.ts';
import {
  type CredentialOptions,
  readCredential,
  readFileText,
  type WantedField,
} from '../credential-input.ts';
import { usage } from '../failure.ts';
import { isRow, type VaultApi } from '../vault-api.ts';

interface StoreOptions extends Shared, CredentialOptions {
  readonly name: string;
  readonly template?: string;
  readonly type?: string;
  readonly allowedHost?: readonly string[];
  readonly allowAnyHost?: boolean;
  readonly injection?: string;
  readonly variable?: readonly string[];
  readonly publicField?: readonly string[];
  readonly delivery?: string;
  readonly baseUrl?: string;
  readonly rotateBy?: string;
}

const TYPE_FIELDS: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  bearer: [['token', 'Token']],
  api_key: [['token', 'API key']],
  basic: [
    ['username', 'User name'],
    ['password', 'Password'],
  ],
  aws_sigv4: [
    ['access_key_id', 'Access key id'],
    ['secret_access_key', 'Secret access key'],
  ],
};

export const addSecretCommands: Add = (root, io, outcome) => {
  const secrets = root
    .command('secrets')
    .description('Managed secrets: credentials that can be used, never read back');

  withCredential(
    leaf(secrets, 'store', 'Store a credential and get its first grant', [
      'alter secrets store --template openai --name openai-prod',
      'alter secrets store --template openai --name openai-prod --field token=- < key.txt',
      'alter secrets store --name billing --type api_key --allowed-host billing.example.com --field-file token=key.txt',
    ]),
  )
    .requiredOption('--name <name>', 'its name, unique in the app')
    .option('--template <id>', 'a provider of the catalogue; see alter catalog list')
    .option('--type <type>', 'without a template: bearer, api_key, basic or aws_sigv4')
    .option(
      '--allowed-host <host>',
      'where it may go, such as api.example.com or *.example.com; repeatable',
      collect,
    )
    .option('--allow-any-host', 'let it go anywhere; for --allowed-host "*"')
    .option('--injection <file>', 'JSON file with the injection rules')
    .option('--variable <name=value>', 'a variable of the template; repeatable', collect)
    .option('--public-field <name>', 'a field that is no secret; repeatable', collect)
    .option('--delivery <how>', 'any or proxy_only')
    .option('--base-url <url>', 'where the gateway goes')
    .option('--rotate-by <time>', 'when it should have been rotated, RFC 3339')
    .action(async (options: StoreOptions) => {
      const { api, out } = contextOf(io, outcome, options);
      const fields = await describeSecret(options);
      const wanted = await wantedFields(api, options);
      const credential = await readCredential(options, wanted, io);
      const stored = await api.send('POST', `${await api.appPath(options.app)}/secrets`, {
        ...fields,
        credential,
      });
      const warnings = Array.isArray(stored['warnings']) ? stored['warnings'] : [];
      out.details(stored, [
        ['secret', stored['name']],
        ['secret_id', stored['secret_id']],
        ['grant_id', stored['grant_id']],
        ['hosts', stored['allowed_hosts']],
        ...warnings.map((warning) => ['warning', warning] as const),
      ]);
    });

  leaf(secrets, 'list', 'List secrets, never a value', [
    'alter secrets list',
    'alter secrets list --unused-days 90',
    'alter secrets list --rotate-due 14      to be rotated within 14 days, or overdue',
  ])
    .option('--unused-days <n>', 'only what was not used for so many days')
    .option('--rotate-due [days]', 'only what is due for rotation now, or within so many days')
    .action((options: ListOptions) => list(options, contextOf(io, outcome, options)));

  withCredential(
    leaf(secrets, 'rotate <secret>', 'Replace the credential; its grants stay as they are', [
      'alter secrets rotate openai-prod',
      'alter secrets rotate openai-prod --field token=- < key.txt',
      'alter secrets rotate openai-prod --overlap 3600      the upstream may take an hour to know the new one',
    ]),
  )
    .option('--overlap <seconds>', 'how long the version before is tried once where the upstream answers 401')
    .option('--rotate-by <time>', 'when to rotate next, RFC 3339')
    .action(async (secret: string, options: RotateOptions) => {
      const { api, out } = contextOf(io, outcome, options);
      const overlap =
        options.overlap === undefined ? undefined : wholeNumber('--overlap', options.overlap, 0);
      const path = await secretPath(api, secret, options);
      const stored = await api.get(path);
      const credential = await readCredential(options, storedFields(stored['fields']), io);
      const body = given({ credential, overlap_seconds: overlap, rotate_by: options.rotateBy });
      const answer = await api.send('PUT', `${path}/credential`, body);
      const until = answer['overlap_until'];
      const rest = typeof until === 'string' ? ` The version before may be tried until ${until}.` : '';
      out.done(answer, `${secret} is at version ${String(answer['version'])} now.${rest}`);
    });

  leaf(secrets, 'end-overlap <secret>', 'Shred the version before a rotation now', [
    'alter secrets end-overlap openai-prod',
  ]).action(async (secret: string, options: Shared) => {
    const { api, out } = contextOf(io, outcome, options);
    await api.send('DELETE', `${await secretPath(api, secret, options)}/previous-credential`);
    out.done({ ended: true }, `The version before of ${secret} is shredded.`);
  });

  leaf(secrets, 'delete <secret>', 'Shred the credential; its grants stop working at once', [
    'alter secrets delete openai-old --yes',
  ])
    .option('--yes', 'yes, it can not be undone')
    .action(async (secret: string, options: Shared & { yes?: boolean }) => {
      if (options.yes !== true) throw usage('Deleting a secret can not be undone.', 'Add --yes to do it.');
      const { api, out } = contextOf(io, outcome, options);
      await api.send('DELETE', await secretPath(api, secret, options));
      out.done({ deleted: true }, `${secret} is shredded.`);
    });
};

interface RotateOptions extends Shared, CredentialOptions {
  readonly overlap?: string;
  readonly rotateBy?: string;
}

interface ListOptions extends Shared {
  readonly unusedDays?: string;
  readonly rotateDue?: string | true;
}

async function list(options: ListOptions, { api, out }: Context): Promise<void> {
  const { unusedDays, rotateDue } = options;
  const dueDays = rotateDue === true ? '0' : rotateDue;
  const query = {
    unused_days: unusedDays === undefined ? undefined : wholeNumber('--unused-days', unusedDays, 1),
    rotate_due_within_days: dueDays === undefined ? undefined : wholeNumber('--rotate-due', dueDays, 0),
  };
  const isFiltered = unusedDays !== undefined || dueDays !== undefined;
  out.table(
    await api.list(`${await api.appPath(options.app)}/secrets`, query),
    [
      ['NAME', 'name'],
      ['TYPE', 'credential_type'],
      ['TEMPLATE', 'template'],
      ['HOSTS', 'allowed_hosts'],
      ['VERSION', 'version'],
      ...(rotateDue === undefined ? [] : ([['ROTATE BY', 'rotate_by']] as const)),
      ['LAST USED', 'last_used_at'],
      ['SECRET ID', 'secret_id'],
    ],
    isFiltered ? 'No such secrets.' : 'No secrets yet. alter secrets store makes one.',
  );
}

function withCredential(command: Command): Command {
  return command
    .option('--credential-stdin', 'read the whole credential from standard input, as a JSON object')
    .option('--field <name=->', 'read this field from standard input', collect)
    .option('--field-file <name=path>', 'read this field from a file; repeatable', collect);
}

async function secretPath(api: VaultApi, secret: string, { app }: Shared): Promise<string> {
  const secrets = `${await api.appPath(app)}/secrets`;
  return `${secrets}/${await api.idOf('secret', secret, secrets)}`;
}

async function describeSecret(options: StoreOptions): Promise<Record<string, unknown>> {
  if ((options.template === undefined) === (options.type === undefined)) {
    throw usage('Either --template or --type is needed.', 'See alter catalog list for the templates.');
  }
  return given({
    name: options.name,
    template: options.template,
    credential_type: options.type,
    variables:
      options.variable && Object.fromEntries(options.variable.map((text) => pairOf('--variable', text))),
    public_fields: options.publicField,
    injection: options.injection === undefined ? undefined : await readInjection(options.injection),
    allowed_hosts: options.allowedHost,
    allow_any_host: options.allowAnyHost,
    delivery: options.delivery,
    base_url: options.baseUrl,
    rotate_by: options.rotateBy,
  });
}

async function readInjection(path: string): Promise<unknown> {
  const text = await readFileText(path);
  try {
    return JSON.parse(text);
  } catch {
    throw usage(
      `The file ${path} holds no JSON.`,
      'It is a list such as [{"in":"header","name":"X-API-Key","format":"{token}"}].',
    );
  }
}

/** What to ask for: the fields of the template, or those that the type has. */
async function wantedFields(api: VaultApi, { template, type = '' }: StoreOptions): Promise<WantedField[]> {
  if (template === undefined) {
    const fields = Object.hasOwn(TYPE_FIELDS, type) ? TYPE_FIELDS[type] : undefined;
    if (!fields)
      throw usage('--type is bearer, api_key, basic or aws_sigv4.', 'Or name a provider with --template.');
    return fields.map(([name, label]) => ({ name, label, isOptional: false }));
  }
  const { fields } = await api.get(`/v1/catalog/${encodeURIComponent(template)}`);
  const rows = Array.isArray(fields) ? fields.filter(isRow) : [];
  return rows.map(({ name, label, optional }) => ({
    name: String(name),
    label: String(label),
    isOptional: optional === true,
  }));
}

function storedFields(fields: unknown): WantedField[] {
  return Array.isArray(fields)
    ? fields.map((name) => ({ name: String(name), label: String(name), isOptional: false }))
    : [];
}
