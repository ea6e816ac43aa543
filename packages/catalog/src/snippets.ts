/**
 * Ready code that uses a grant: for the SDK, for vendors' SDKs that document a way to give them a fetch, for curl and for Python.
 * Pure text. No credential can stand in it, since none is given; the API key comes from the environment.
 */
import { fillAddress } from './resolve.ts';
import type { TemplateVerify } from './template.ts';

export interface SnippetCall {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

export interface SnippetsOf {
  /** Origin of the vault. */
  readonly baseUrl: string;
  readonly grantId: string;
  readonly template: string | null;
  readonly allowedHosts: readonly string[];
  readonly call: SnippetCall;
  /** The credential is never released: the SDK must let the vault make the call. */
  readonly isProxyOnly: boolean;
}

export interface Snippet {
  /** `typescript`, `curl`, `python`, or the package of a vendor. */
  readonly id: string;
  readonly label: string;
  /** How what it needs is installed; null where nothing is. */
  readonly install: string | null;
  readonly code: string;
}

export function snippetsFor(of: SnippetsOf): readonly Snippet[] {
  return [
    {
      id: 'typescript',
      label: 'TypeScript',
      install: 'npm install @alter-vault/sdk',
      code: typeScript(of),
    },
    ...vendorSnippets(of),
    { id: 'curl', label: 'curl', install: null, code: curl(of) },
    { id: 'python', label: 'Python', install: 'pip install requests', code: python(of) },
  ];
}

/** What of a stored secret says where its calls go. */
export interface CalledSecret {
  readonly variables: Readonly<Record<string, string>>;
  readonly allowed_hosts: readonly string[];
  readonly base_url: string | null;
}

/** The harmless call of the template where its host is allowed, else a look at the base URL, else at the first host. */
export function exampleCall(secret: CalledSecret, verify: TemplateVerify | null): SnippetCall {
  const { allowed_hosts: hosts, base_url: baseUrl } = secret;
  const values = new Map(Object.entries(secret.variables));
  const url = verify === null ? undefined : fillAddress(verify.url, values);
  if (verify !== null && url !== undefined && isOnHost(url, hosts))
    return { method: verify.method, url, headers: verify.headers ?? {}, body: verify.body };
  const look = baseUrl !== null && isOnHost(baseUrl, hosts) ? baseUrl : urlOn(hosts[0] ?? '*');
  return { method: 'GET', url: look, headers: {}, body: undefined };
}

function isOnHost(url: string, hosts: readonly string[]): boolean {
  const [, host = ''] = /^https?:\/\/([^/?#]+)/.exec(url) ?? [];
  return hosts.some((pattern) => {
    const entry = pattern.replace(/^http:\/\//, '');
    if (entry === '*' || entry === host) return true;
    const domain = /^\*{1,2}(\..+)$/.exec(entry)?.[1];
    return domain !== undefined && host.endsWith(domain);
  });
}

/** A bare loopback address also means plain http (WIRE §5). */
function urlOn(pattern: string): string {
  if (pattern === '*') return 'https://api.example.com/';
  if (pattern.startsWith('http://')) return `${pattern}/`;
  const host = pattern.replace(/^\*{1,2}\./, 'any.');
  return `${/^(?:127\.|\[::1\])/.test(host) ? 'http' : 'https'}://${host}/`;
}

/** A text literal of TypeScript and of Python: what JSON writes means the same in both, but for two ends of lines. */
const literal = (text: string): string =>
  JSON.stringify(text)
    .replaceAll('\u2028', String.raw`\u2028`)
    .replaceAll('\u2029', String.raw`\u2029`);

/** One word of a POSIX shell, whatever it holds. */
const word = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

function typeScript({ baseUrl, grantId, call, isProxyOnly }: SnippetsOf): string {
  const { method, url, headers, body } = call;
  const options = [
    `grantId: ${literal(grantId)},`,
    ...(Object.keys(headers).length === 0 ? [] : [`headers: { ${entries(headers)} },`]),
    ...(body === undefined ? [] : [`body: ${literal(body)},`]),
  ];
  return lines(
    "import { App } from '@alter-vault/sdk';",
    '',
    '// The key of your program comes from ALTER_API_KEY.',
    `const vault = new App({ baseUrl: ${literal(baseUrl)} });`,
    '',
    `const response = await vault.${isProxyOnly ? 'proxyRequest' : 'request'}(${literal(method)}, ${literal(url)}, {`,
    ...options.map((option) => `  ${option}`),
    '});',
    'console.log(response.status, await response.text());',
    'await vault.close();',
  );
}

const entries = (texts: Readonly<Record<string, string>>): string =>
  Object.entries(texts)
    .map(([name, value]) => `${literal(name)}: ${literal(value)}`)
    .join(', ');

function curl({ baseUrl, grantId, call }: SnippetsOf): string {
  const { method, url, headers, body } = call;
  return [
    `curl ${word(`${baseUrl}/v1/proxy`)}${method === 'GET' ? '' : ` -X ${word(method)}`}`,
    '-H "Authorization: Bearer $ALTER_API_KEY"',
    `-H ${word(`Alter-Grant: ${grantId}`)}`,
    `-H ${word(`Alter-Url: ${url}`)}`,
    ...Object.entries(headers).map(([name, value]) => `-H ${word(`${name}: ${value}`)}`),
    ...(body === undefined ? [] : [`--data-raw ${word(body)}`]),
  ]
    .join(' \\\n  ')
    .concat('\n');
}

function python({ baseUrl, grantId, call }: SnippetsOf): string {
  const { method, url, headers, body } = call;
  const sent = { 'Alter-Grant': grantId, 'Alter-Url': url, ...headers };
  return lines(
    'import os',
    '',
    'import requests',
    '',
    'response = requests.request(',
    `    ${literal(method)},`,
    `    ${literal(`${baseUrl}/v1/proxy`)},`,
    '    headers={',
    `        "Authorization": "Bearer " + os.environ["ALTER_API_KEY"],`,
    ...Object.entries(sent).map(([name, value]) => `        ${literal(name)}: ${literal(value)},`),
    '    },',
    ...(body === undefined ? [] : [`    data=${literal(body)}.encode(),`]),
    '    allow_redirects=False,',
    '    timeout=60,',
    ')',
    'print(response.status_code, response.text)',
  );
}

/** What a vendor's SDK needs beside the fetch of a grant. */
interface Vendor {
  readonly host: string;
  readonly package: string;
  readonly imports: string;
  /** `fetch` is that of the grant. */
  readonly client: readonly string[];
  readonly use: string;
}

/** SDKs that ask for a key get this one; the vault puts its own in its place. */
const HELD = "'held by the vault'";

const openAi = (host: string, baseUrl?: string): Vendor => ({
  host,
  package: 'openai',
  imports: "import OpenAI from 'openai';",
  client: [
    'const client = new OpenAI({',
    ...(baseUrl === undefined ? [] : [`  baseURL: ${literal(baseUrl)},`]),
    `  apiKey: ${HELD},`,
    '  fetch,',
    '});',
  ],
  use: 'for await (const model of client.models.list()) console.log(model.id);',
});

/** Each documents the option that is used here, and its types take the fetch of a grant. */
const VENDORS: ReadonlyMap<string, Vendor> = new Map([
  ['openai', openAi('api.openai.com')],
  ['deepseek', openAi('api.deepseek.com', 'https://api.deepseek.com')],
  ['xai', openAi('api.x.ai', 'https://api.x.ai/v1')],
  ['openrouter', openAi('openrouter.ai', 'https://openrouter.ai/api/v1')],
  [
    'anthropic',
    {
      host: 'api.anthropic.com',
      package: '@anthropic-ai/sdk',
      imports: "import Anthropic from '@anthropic-ai/sdk';",
      client: ['const client = new Anthropic({', `  apiKey: ${HELD},`, '  fetch,', '});'],
      use: 'for await (const model of client.models.list()) console.log(model.id);',
    },
  ],
  [
    'groq',
    {
      host: 'api.groq.com',
      package: 'groq-sdk',
      imports: "import Groq from 'groq-sdk';",
      client: ['const client = new Groq({', `  apiKey: ${HELD},`, '  fetch,', '});'],
      use: 'console.log(await client.models.list());',
    },
  ],
  [
    'stripe',
    {
      host: 'api.stripe.com',
      package: 'stripe',
      imports: "import Stripe from 'stripe';",
      client: [
        `const client = new Stripe(${HELD}, {`,
        '  httpClient: Stripe.createFetchHttpClient(fetch),',
        '});',
      ],
      use: 'console.log(await client.balance.retrieve());',
    },
  ],
  [
    'github',
    {
      host: 'api.github.com',
      package: 'octokit',
      imports: "import { Octokit } from 'octokit';",
      client: ['const client = new Octokit({', '  request: { fetch },', '});'],
      use: 'console.log(await client.rest.users.getAuthenticated());',
    },
  ],
]);

function vendorSnippets({ template, allowedHosts, baseUrl, grantId }: SnippetsOf): readonly Snippet[] {
  const vendor = template === null ? undefined : VENDORS.get(template);
  if (vendor === undefined || !isOnHost(`https://${vendor.host}`, allowedHosts)) return [];
  const code = lines(
    "import { App } from '@alter-vault/sdk';",
    vendor.imports,
    '',
    '// The key of your program comes from ALTER_API_KEY.',
    `const vault = new App({ baseUrl: ${literal(baseUrl)} });`,
    `const fetch = vault.fetch({ grantId: ${literal(grantId)}, mode: 'proxy' });`,
    ...vendor.client,
    '',
    vendor.use,
    'await vault.close();',
  );
  return [
    {
      id: vendor.package,
      label: vendor.package,
      install: `npm install @alter-vault/sdk ${vendor.package}`,
      code,
    },
  ];
}

const lines = (...all: readonly string[]): string => `${all.join('\n')}\n`;
