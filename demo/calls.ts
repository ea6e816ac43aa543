/** The demo's story, first half: secrets stored, calls made in both modes, calls refused, an echo replaced. */
import { setTimeout as pause } from 'node:timers/promises';
import { AlterError, type App } from '@alter-vault/sdk';
import { asRow, type ControlPlane, type Row } from './control-plane.ts';
import { valuesOf } from './credentials.ts';
import { bold, expect, green, heading, note, red, table, yellow } from './terminal.ts';
import { REGION, SERVICE, type DemoUpstream } from './upstream.ts';
import type { Credentials } from './credentials.ts';

interface Stored {
  readonly name: keyof Credentials;
  readonly type: string;
  readonly place: string;
  readonly method: string;
  readonly path: string;
  readonly injection?: readonly Row[];
}

/** One for each credential type, and one for each other place that a credential can stand in. */
export const STORED: readonly Stored[] = [
  {
    name: 'crm',
    type: 'bearer',
    place: 'Authorization: Bearer {token}',
    method: 'POST',
    path: '/crm/v1/contacts',
  },
  {
    name: 'billing',
    type: 'api_key',
    place: 'X-Billing-Key: Token {token}',
    method: 'GET',
    path: '/billing/v1/invoices',
    injection: [{ in: 'header', name: 'X-Billing-Key', format: 'Token {token}' }],
  },
  {
    name: 'wiki',
    type: 'basic',
    place: 'Authorization: Basic {user:password}',
    method: 'GET',
    path: '/wiki/page/7',
  },
  {
    name: 'storage',
    type: 'aws_sigv4',
    place: 'a signature over the whole request',
    method: 'PUT',
    path: '/storage/report one.csv?part=2',
  },
  {
    name: 'maps',
    type: 'api_key',
    place: 'query parameter key={token}',
    method: 'GET',
    path: '/maps/geocode?q=Lyon',
    injection: [{ in: 'query', name: 'key', format: '{token}' }],
  },
  {
    name: 'chat',
    type: 'api_key',
    place: 'path /bot{token}/…',
    method: 'POST',
    path: '/sendMessage',
    injection: [{ in: 'path', mode: 'prefix', format: '/bot{token}' }],
  },
];

const TTL_SECONDS = 2;

export async function store(
  operator: ControlPlane,
  upstream: DemoUpstream,
  credentials: Credentials,
): Promise<ReadonlyMap<string, string>> {
  heading(2, 'Store a credential once; get a grant_id');
  const grants = new Map<string, string>();
  for (const { name, type, injection } of STORED) {
    const isAws = name === 'storage';
    const secret = await operator.send('POST', '/v1/apps/default/secrets', {
      name,
      credential_type: type,
      credential: isAws ? { ...credentials[name], region: REGION, service: SERVICE } : credentials[name],
      allowed_hosts: [upstream.host],
      ...(injection === undefined ? {} : { injection }),
    });
    grants.set(name, String(secret['grant_id']));
  }
  table(
    ['SECRET', 'TYPE', 'GRANT', 'WHERE THE CREDENTIAL IS PUT'],
    STORED.map(({ name, type, place }) => [bold(name), type, `…${grants.get(name)?.slice(-8)}`, place]),
  );
  const stored = await operator.text('/v1/apps/default/secrets');
  const isHidden = valuesOf(credentials).every((value) => !stored.includes(value));
  expect(isHidden, 'Read back by their owner, the six secrets hold no value.');
  return grants;
}

export async function callEach(
  app: App,
  upstream: DemoUpstream,
  grants: ReadonlyMap<string, string>,
): Promise<void> {
  heading(3, 'Call with the grant_id, in both modes');
  note(
    'Proxy mode: the vault makes the call. Request mode: the SDK makes it; for AWS it gets a signature only.',
  );
  const rows: string[][] = [];
  let right = 0;
  for (const { name, method, path } of STORED) {
    const url = new URL(path, upstream.origin);
    const options = {
      grantId: grants.get(name) ?? '',
      ...(method === 'GET' ? {} : { json: { hello: name } }),
    };
    const proxied = await app.proxyRequest(method, url, { ...options, reason: 'a demonstration' });
    const isProxied = asRow(await proxied.json())['ok'] === true;
    const released = await app.request(method, url, { ...options, reason: 'a demonstration' });
    const isReleased = asRow(await released.json())['ok'] === true;
    const mark = (isRight: boolean, status: number): string =>
      isRight ? green(`${status} ✓`) : red(`${status} ✗`);
    right += Number(isProxied) + Number(isReleased);
    rows.push([
      bold(name),
      mark(isProxied, proxied.status),
      mark(isReleased, released.status),
      `${method} ${path}`,
    ]);
  }
  table(['SECRET', 'PROXY', 'REQUEST', 'CALL'], rows);
  expect(
    right === STORED.length * 2,
    `The upstream found the right credential in ${right} of ${STORED.length * 2} calls.`,
  );
}

export async function refuse(
  app: App,
  operator: ControlPlane,
  upstream: DemoUpstream,
  grants: ReadonlyMap<string, string>,
): Promise<void> {
  heading(4, 'What is refused');
  const grantId = grants.get('crm') ?? '';
  const call = async (id: string, url = `${upstream.origin}/crm/v1/contacts`): Promise<string> => {
    try {
      const result = await app.proxyRequest('GET', url, { grantId: id });
      return String(result.status);
    } catch (error) {
      if (error instanceof AlterError) return error.code;
      throw error;
    }
  };
  const clone = async (options: Row): Promise<string> =>
    String((await operator.send('POST', `/v1/grants/${grantId}/clone`, options))['grant_id']);
  const shortLived = await clone({ label: 'one job', ttl_seconds: TTL_SECONDS });
  const madeAt = performance.now();
  const revoked = await clone({ label: 'a contractor' });

  const attempts: [string, string, string][] = [
    [
      'a host that the credential is not bound to',
      await call(grantId, 'https://collector.example/'),
      'host_not_allowed',
    ],
    [`a clone for ${TTL_SECONDS} seconds, at once`, await call(shortLived), '200'],
    ['another clone, before it is revoked', await call(revoked), '200'],
  ];
  await operator.send('POST', `/v1/grants/${revoked}/revoke`, { reason: 'the contract ended' });
  attempts.push(['the same, after', await call(revoked), 'grant_revoked']);
  await pause(Math.max(TTL_SECONDS * 1000 + 100 - (performance.now() - madeAt), 0));
  attempts.push([`the first clone, after ${TTL_SECONDS} seconds`, await call(shortLived), 'grant_expired']);
  attempts.push(['the grant that both were cloned from', await call(grantId), '200']);
  for (const [what, got, wanted] of attempts) {
    const shown = got === '200' ? green(got) : yellow(got);
    expect(
      got === wanted,
      `${what.padEnd(46)}${shown}${got === wanted ? '' : red(`  instead of ${wanted}`)}`,
    );
  }
}

export async function echo(
  app: App,
  upstream: DemoUpstream,
  grants: ReadonlyMap<string, string>,
  credentials: Credentials,
): Promise<void> {
  heading(6, 'An upstream that gives the credential away');
  const grantId = grants.get('crm') ?? '';
  const proxied = await app.proxyRequest('GET', `${upstream.origin}/crm/echo`, { grantId });
  const released = await app.request('GET', `${upstream.origin}/crm/echo`, { grantId });
  for (const [mode, text] of [
    ['proxy mode', await proxied.text()],
    ['request mode', await released.text()],
  ] as const) {
    const isClean = text.includes('[redacted]') && !text.includes(credentials.crm.token);
    expect(isClean, `${mode.padEnd(14)}${text.replace('[redacted]', yellow('[redacted]'))}`);
  }
}
