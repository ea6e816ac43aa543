/**
 * Every template of the catalogue, stored through the API and injected by the data path, against what the researched data says.
 * Formats are filled in here by a few lines of their own; nothing of the vault computes what is expected.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { InjectionRule } from '@alter-vault/contract';
import { CATALOG, type Template } from '@alter-vault/catalog';
import { canary, startVault, stopPostgres, type TestVault } from './vault.ts';

interface Researched {
  readonly id: string;
  readonly allowed_hosts: readonly string[];
  readonly inject: readonly InjectionRule[];
  readonly default_headers: Readonly<Record<string, string>>;
  readonly credential_type: string;
  readonly fields: readonly { readonly name: string; readonly secret: boolean; readonly optional?: true }[];
}

type Values = Readonly<Record<string, string>>;

const dataFile = fileURLToPath(new URL('../../shared/data/providers.json', import.meta.url));
const skip = existsSync(dataFile) ? false : `no researched data at ${dataFile}`;
const researched: ReadonlyMap<string, Researched> = new Map(readResearched().map((one) => [one.id, one]));

function readResearched(): readonly Researched[] {
  if (skip !== false) return [];
  const file: { readonly providers: readonly Researched[] } = JSON.parse(readFileSync(dataFile, 'utf8'));
  return file.providers;
}

const AWS_ROLE_FIELDS = ['external_id', 'session_name', 'duration_seconds', 'session_policy', 'session_tags'];

/** Where a template says otherwise on purpose: which part of it is then the expectation, and why. */
const DELIBERATE: Readonly<Record<string, readonly ['inject' | 'hosts' | 'headers' | 'fields', string][]>> = {
  slack_webhook: [
    ['inject', 'the path is built of its three parts, so that a value stays one segment'],
    ['fields', 'three parts, of which only the last is a secret'],
  ],
  discord: [['headers', 'the vendor refuses calls without a User-Agent of its form']],
  github: [['headers', 'the vendor refuses calls without a User-Agent']],
  aws: [
    ['hosts', 'one service in one region instead of everything that AWS has'],
    ['fields', 'the wire names all fields of a role'],
  ],
  aws_s3: [['fields', 'the wire names all fields of a role']],
  aws_bedrock: [['fields', 'the wire names all fields of a role']],
};

let vault: TestVault;
let key: string;

before(async () => {
  vault = await startVault();
  key = (await vault.key()).api_key;
});
after(async () => {
  await vault?.stop();
  await stopPostgres();
});

const differs = (template: Template, part: string): boolean =>
  DELIBERATE[template.id]?.some(([name]) => name === part) ?? false;

const variablesOf = (template: Template): Record<string, string> =>
  Object.fromEntries(template.variables.map(({ name, example }) => [name, example]));

/** Values of the kinds that break encodings, where the type of credential allows them. */
function credentialOf(template: Template, wantsOptional: boolean): Record<string, string> {
  const values: Record<string, string> = {};
  for (const { name, address, optional } of template.fields) {
    if (optional && (!wantsOptional || AWS_ROLE_FIELDS.includes(name) || name === 'role_arn')) continue;
    values[name] = address?.example ?? valueFor(template, name);
  }
  return values;
}

function valueFor(template: Template, name: string): string {
  if (template.credential_type === 'aws_sigv4')
    return name === 'access_key_id' ? 'AKIAIOSFODNN7EXAMPLE' : `${canary()}/+=`;
  const isInPath = template.injection.some((rule) => rule.in === 'path');
  return isInPath ? `${canary()}:a b%2f` : `${canary()}{x}+/=&%41~"ü`;
}

/** `{name}` → value, once; `{{` and `}}` are braces. */
const filled = (text: string, values: Values): string =>
  text.replace(/\{\{|\}\}|\{(\w+)\}/g, (whole, name: string | undefined) =>
    name === undefined ? whole.slice(1) : (values[name] ?? ''),
  );

const binary = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

interface Expected {
  readonly headers: [string, string][];
  readonly query: [string, string][];
  /** Decoded segments; undefined where the path is the caller's. */
  readonly path: string[] | undefined;
}

function expectedOf(template: Template, credential: Values, variables: Values): Expected {
  const of = researched.get(template.id);
  const rules = of === undefined || differs(template, 'inject') ? template.injection : of.inject;
  const defaults =
    of === undefined || differs(template, 'headers') ? template.default_headers : of.default_headers;
  const values = { ...variables, ...credential };
  const optional = new Set(template.fields.filter((field) => field.optional).map(({ name }) => name));
  const expected: Expected = { headers: [], query: [], path: undefined };
  let path: string[] | undefined;
  for (const rule of rules) {
    if (rule.in === 'aws_sigv4') continue;
    if (rule.in === 'basic') {
      const pair = `${filled(rule.username, values)}:${filled(rule.password, values)}`;
      expected.headers.push(['Authorization', `Basic ${Buffer.from(pair).toString('base64')}`]);
      continue;
    }
    const named = [...rule.format.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
    if (named.length > 0 && named.every((name) => optional.has(name) && !credential[name])) continue;
    const value = filled(rule.format, values);
    if (rule.in === 'header') expected.headers.push([filled(rule.name, values), binary(value)]);
    if (rule.in === 'query') expected.query.push([filled(rule.name, values), value]);
    if (rule.in === 'path') path = [...value.split('/'), ...(rule.mode === 'prefix' ? ['v9', 'thing'] : [])];
  }
  for (const [name, value] of Object.entries(defaults)) expected.headers.push([name, filled(value, values)]);
  return { ...expected, path };
}

/** Host patterns by the data, in the wire's spelling. */
function expectedHosts(template: Template, values: Values): string[] {
  const of = researched.get(template.id);
  const hosts =
    of === undefined || differs(template, 'hosts')
      ? template.allowed_hosts
      : of.allowed_hosts.map((host) => host.replace(/^\*\./, '**.'));
  return hosts.map((host) => filled(host, values).toLowerCase());
}

const concrete = (pattern: string): string => pattern.replace(/^\*\*\./, 'one.two.').replace(/^\*\./, 'one.');

async function store(
  template: Template,
  credential: Values,
  variables: Values = variablesOf(template),
): Promise<{ secret_id: string; grant_id: string; [field: string]: unknown }> {
  return vault.ok('POST', '/v1/apps/default/secrets', {
    name: `${template.id}-${canary().slice(0, 8)}x`,
    template: template.id,
    variables,
    credential,
  });
}

const CALLERS = { 'X-Kept': 'yes', authorization: 'Bearer of-the-caller' };

const release = (grantId: string, url: string, more: Record<string, unknown> = {}) =>
  vault.release(key, { grant_id: grantId, method: 'GET', url, headers: CALLERS, ...more });

async function assertInjected(template: Template, wantsOptional: boolean): Promise<void> {
  const credential = credentialOf(template, wantsOptional);
  const variables = variablesOf(template);
  const stored = await store(template, credential);
  assertStored(template, stored, credential);
  const hosts = expectedHosts(template, { ...variables, ...credential });
  assert.deepEqual(stored['allowed_hosts'], hosts);
  const expected = expectedOf(template, credential, variables);
  for (const pattern of hosts) {
    const url = `https://${concrete(pattern)}/v9/thing?kept=a%20b`;
    const answer = await release(stored.grant_id, url);
    assert.equal(answer.status, 200, `${url}: ${answer.text}`);
    const { headers, query, url: whole } = answer.json.inject;
    if (template.credential_type === 'aws_sigv4') assertSigned(template, headers, credential, variables);
    else assert.deepEqual(headers, expected.headers);
    if (expected.path === undefined) {
      assert.equal(whole, undefined);
      assert.deepEqual(query, expected.query);
    } else {
      const path = new URL(whole).pathname.split('/').map(decodeURIComponent);
      assert.deepEqual(path, expected.path);
      assert.equal(new URL(whole).origin, new URL(url).origin);
      assert.equal(new URL(whole).search, '?kept=a%20b');
    }
  }
}

/** W7: what comes back of it is addresses and names, all filled in, and no value. */
function assertStored(template: Template, stored: Record<string, unknown>, credential: Values): void {
  const of = researched.get(template.id);
  assert.equal(stored['credential_type'], of?.credential_type ?? template.credential_type);
  const fields = of === undefined || differs(template, 'fields') ? template.fields : of.fields;
  const ofPublic = fields.filter((field) => !field.secret && field.name in credential);
  assert.deepEqual(stored['public_fields'], ofPublic.map(({ name }) => name).toSorted());
  assert.deepEqual(stored['fields'], Object.keys(credential).toSorted());
  const { injection, ...rest } = stored;
  assert.doesNotMatch(JSON.stringify([rest['allowed_hosts'], rest['base_url']]), /\{\w+\}/);
  const left = [...JSON.stringify(injection).matchAll(/(?<!\{)\{([a-z_0-9]+)\}/g)].map((match) => match[1]);
  for (const name of left)
    assert.ok(
      fields.some((field) => field.name === name),
      `{${name}} is unfilled`,
    );
  for (const { name, secret } of template.fields) {
    const value = credential[name];
    if (secret && value !== undefined)
      assert.ok(!JSON.stringify(stored).includes(JSON.stringify(value).slice(1, -1)));
  }
}

function assertSigned(
  template: Template,
  headers: [string, string][],
  credential: Values,
  variables: Values,
): void {
  const of = researched.get(template.id) ?? { inject: template.injection };
  const rule = of.inject.find((one) => one.in === 'aws_sigv4');
  assert.ok(rule?.in === 'aws_sigv4');
  const sent = new Map(headers.map(([name, value]) => [name.toLowerCase(), value]));
  assert.equal(sent.size, headers.length, 'each header once');
  const service = filled(rule.service ?? '', variables);
  const region = filled(rule.region ?? '', variables);
  const scope = `${credential['access_key_id']}/\\d{8}/${service}`.replace(service, `${region}/${service}`);
  assert.match(
    sent.get('authorization') ?? '',
    new RegExp(
      `^AWS4-HMAC-SHA256 Credential=${scope}/aws4_request, ?SignedHeaders=[a-z0-9;-]+, ?Signature=[0-9a-f]{64}$`,
    ),
  );
  assert.match(sent.get('x-amz-date') ?? '', /^\d{8}T\d{6}Z$/);
  assert.equal(sent.get('x-amz-security-token'), credential['session_token']);
  if (service === 's3') assert.match(sent.get('x-amz-content-sha256') ?? '', /^[0-9a-f]{64}$/);
  assert.ok(!JSON.stringify(headers).includes(credential['secret_access_key'] ?? '-'), 'the key stays');
}

describe('R2, R7: every template, stored and injected', { concurrency: 4 }, () => {
  for (const template of CATALOG) {
    test(template.id, () => assertInjected(template, true));
    if (template.fields.some(({ optional }) => optional === true))
      test(`${template.id} without its optional fields`, () => assertInjected(template, false));
  }
});

test('the catalogue holds what was researched, no more and no less', { skip }, () => {
  assert.deepEqual(CATALOG.map(({ id }) => id).toSorted(), [...researched.keys()].toSorted());
});

test('a deliberate difference that no longer is one leaves the list', { skip }, () => {
  for (const [id, parts] of Object.entries(DELIBERATE)) {
    const template = CATALOG.find((one) => one.id === id);
    const of = researched.get(id);
    assert.ok(template !== undefined && of !== undefined, id);
    const pairs: Record<string, readonly [unknown, unknown]> = {
      inject: [template.injection, of.inject],
      hosts: [template.allowed_hosts, of.allowed_hosts.map((host) => host.replace(/^\*\./, '**.'))],
      headers: [template.default_headers, of.default_headers],
      fields: [template.fields.map(({ name }) => name), of.fields.map(({ name }) => name)],
    };
    for (const [part] of parts) assert.notDeepEqual(pairs[part]?.[0], pairs[part]?.[1], `${id}: ${part}`);
  }
});

describe('I7: the credential of a template goes to the hosts of the template', { concurrency: 4 }, () => {
  for (const template of CATALOG) {
    test(template.id, async () => {
      const credential = credentialOf(template, false);
      const { grant_id } = await store(template, credential);
      const [first = ''] = expectedHosts(template, { ...variablesOf(template), ...credential });
      const host = concrete(first);
      for (const url of [
        'https://evil.example/',
        `https://${host}.evil.example/`,
        `http://${host}/`,
        `https://${host}:8443/`,
      ]) {
        const answer = await release(grant_id, url);
        assert.deepEqual([answer.status, answer.json.error.code], [403, 'host_not_allowed'], url);
      }
    });
  }
});

describe('variables', () => {
  const withRequired = CATALOG.flatMap((template) =>
    template.variables
      .filter((variable) => variable.default === undefined && variable.optional !== true)
      .map((variable) => ({ template, variable })),
  );

  test('what is needed and not given, or does not fit its pattern, is refused by its name', async () => {
    assert.ok(withRequired.length > 10);
    for (const { template, variable } of withRequired) {
      for (const value of [undefined, 'a/../b', 'evil.example#', 'x@evil.example', '']) {
        const { [variable.name]: _, ...others } = variablesOf(template);
        const answer = await vault.api('POST', '/v1/apps/default/secrets', {
          name: `refused-${canary().slice(0, 8)}x`,
          template: template.id,
          variables: value === undefined ? others : { ...others, [variable.name]: value },
          credential: credentialOf(template, false),
        });
        assert.equal(answer.json.error?.code, 'invalid_request', `${template.id} ${variable.name}=${value}`);
        const paths = answer.json.error.issues.map(({ path }: { path: string }) => path);
        assert.deepEqual(paths, [`variables.${variable.name}`]);
      }
    }
  });

  test('defaults fill in what was not given, and an optional one takes its addresses with it', async () => {
    for (const template of CATALOG.filter(({ variables }) => variables.length > 0)) {
      const variables = Object.fromEntries(
        template.variables
          .filter((variable) => variable.default === undefined && variable.optional !== true)
          .map(({ name, example }) => [name, example]),
      );
      const stored = await store(template, credentialOf(template, false), variables);
      const text = JSON.stringify([stored['allowed_hosts'], stored['base_url'], stored['variables']]);
      assert.doesNotMatch(text, /\{\w+\}/, template.id);
      for (const { name, optional } of template.variables) {
        if (optional) assert.ok(!(name in (stored['variables'] as Values)), `${template.id}: ${name}`);
      }
    }
  });

  test('names and formats that an operator chooses are injected as they stand', async () => {
    const find = (id: string): Template => CATALOG.find((template) => template.id === id) as Template;
    const token = canary();
    const header = await store(
      find('custom_header'),
      { token },
      {
        host: 'api.internal.example',
        header_name: 'X-Odd_Name',
        prefix: 'Token ',
      },
    );
    const inHeader = await release(header.grant_id, 'https://api.internal.example/');
    assert.deepEqual(inHeader.json.inject.headers, [['X-Odd_Name', `Token ${token}`]]);
    const query = await store(
      find('custom_query'),
      { token },
      { host: 'api.internal.example', param_name: 'k.e-y' },
    );
    const inQuery = await release(query.grant_id, 'https://api.internal.example/?k.e-y=mine&a=b');
    const url = new URL(inQuery.json.inject.url);
    assert.deepEqual(
      [...url.searchParams],
      [
        ['a', 'b'],
        ['k.e-y', token],
      ],
    );
  });

  test('an S3-compatible store may be an address with a port, which has no wildcard', async () => {
    const s3 = CATALOG.find(({ id }) => id === 's3_compatible') as Template;
    const stored = await store(s3, credentialOf(s3, false), { host: '127.0.0.1:9000' });
    assert.deepEqual(stored['allowed_hosts'], ['127.0.0.1:9000']);
    const answer = await release(stored.grant_id, 'http://127.0.0.1:9000/bucket/key');
    assert.equal(answer.status, 200, answer.text);
    const wide = await store(s3, credentialOf(s3, false), { host: 'minio.example.com:9000' });
    const virtual = await release(wide.grant_id, 'https://bucket.minio.example.com:9000/key');
    assert.equal(virtual.status, 200, virtual.text);
  });

  test('I6: a public id that is part of a host stays when the credential is rotated', async () => {
    const algolia = CATALOG.find(({ id }) => id === 'algolia') as Template;
    const stored = await store(algolia, { app_id: 'B1G2GM9NG0', api_key: canary() });
    const path = `/v1/apps/default/secrets/${stored.secret_id}/credential`;
    const other = await vault.api('PUT', path, { credential: { app_id: 'EVIL', api_key: canary() } });
    assert.equal(other.json.error.code, 'invalid_request');
    assert.equal(
      (await vault.ok('PUT', path, { credential: { app_id: 'B1G2GM9NG0', api_key: canary() } })).version,
      2,
    );
  });
});

test('default headers are set only where the caller sent none', async () => {
  const anthropic = CATALOG.find(({ id }) => id === 'anthropic') as Template;
  const { grant_id } = await store(anthropic, { token: canary() });
  const headers = { 'Anthropic-Version': '2023-06-01' };
  const answer = await release(grant_id, 'https://api.anthropic.com/v1/models', { headers });
  assert.deepEqual(
    answer.json.inject.headers.map(([name]: [string]) => name),
    ['x-api-key'],
  );
});
