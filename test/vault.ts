/**
 * A whole vault for integration tests: real server, real PostgreSQL, in this process, on port 0. Its client checks what
 * every answer must have, not only what a test asserts. At its end the canary is looked for in everything it wrote.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import pino from 'pino';
import { KeyringHolder } from '../packages/server/src/access/keyring-holder.ts';
import { bootstrap } from '../packages/server/src/bootstrap.ts';
import { readConfig } from '../packages/server/src/config.ts';
import type { Log } from '../packages/server/src/log.ts';
import { loadRootKeys } from '../packages/server/src/root-key-file.ts';
import { startServer, type VaultServer } from '../packages/server/src/server.ts';
import { Database } from '../packages/server/src/store/database.ts';
import { findDeployment } from '../packages/server/src/store/people.ts';
import { startTestPostgres, type TestPostgres, type TestUrls } from './postgres.ts';

/** An answer's JSON: tests read it whatever its shape. */
// oxlint-disable-next-line typescript/no-explicit-any -- each test knows the shape it asked for
export type Json = any;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Json;
}

export interface TestVault {
  readonly url: string;
  readonly token: string;
  readonly server: VaultServer;
  readonly urls: TestUrls;
  /** All that the vault logged. */
  readonly log: () => string;
  /** A request to the control plane with the owner's token, or another one; null for none. */
  api(
    method: string,
    path: string,
    body?: unknown,
    options?: { token?: string | null; headers?: Record<string, string> },
  ): Promise<Answer>;
  /** The same, and it must succeed. */
  ok(method: string, path: string, body?: unknown): Promise<Json>;
  /** An API key of app `default`, or the one named. */
  key(
    options?: Record<string, unknown>,
    app?: string,
  ): Promise<{ key_id: string; api_key: string; prefix: string }>;
  /** A stored bearer secret for a host; answers with its ids. */
  secret(
    host: string,
    credential?: Record<string, string>,
    more?: Record<string, unknown>,
  ): Promise<{ secret_id: string; grant_id: string }>;
  /** One call in proxy mode, by fetch. */
  proxy(
    key: string,
    grantId: string,
    url: string,
    init?: RequestInit & { alter?: Record<string, string> },
  ): Promise<Answer>;
  release(key: string, body: Record<string, unknown>): Promise<Answer>;
  /** Audit items of the app, newest first. */
  audit(query?: Record<string, string>, app?: string): Promise<Json[]>;
  stop(): Promise<void>;
}

export interface VaultOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Serve an existing database (a second server), with its data directory. */
  readonly join?: { readonly urls: TestUrls; readonly dataDir: string; readonly token: string };
}

/** The path of a route, with one id for all that it names in the app. */
export const pathAt = (path: string, app: string, id: string): string =>
  path.replace(/:app\b/, app).replaceAll(/:[a-z_]+/g, id);

/** Random per run, so that nothing holds it by chance. */
export const canary = (): string => randomBytes(30).toString('base64url');

let postgres: Promise<TestPostgres> | undefined;

/** One PostgreSQL for each test process, stopped by `stopPostgres` in an `after` hook. */
export function testPostgres(): Promise<TestPostgres> {
  postgres ??= startTestPostgres();
  return postgres;
}

export async function stopPostgres(): Promise<void> {
  await (await postgres)?.stop();
  postgres = undefined;
}

export async function startVault(options: VaultOptions = {}): Promise<TestVault & { dataDir: string }> {
  const urls = options.join?.urls ?? (await (await testPostgres()).fresh());
  const dataDir = options.join?.dataDir ?? (await mkdtemp(join(tmpdir(), 'alter-vault-')));
  const token = options.join?.token ?? `alter_pat_${randomBytes(32).toString('base64url')}`;
  const { log, text } = capturedLog();
  const config = readConfig({
    ALTER_PORT: '0',
    ALTER_DATA_DIR: dataDir,
    ALTER_DATABASE_URL: urls.runtimeUrl,
    ALTER_DATABASE_OWNER_URL: urls.ownerUrl,
    ALTER_EGRESS_ALLOW: '127.0.0.0/8',
    ALTER_BOOTSTRAP_TOKEN: token,
    ...options.env,
  });
  const keyringDb = new Database({ url: urls.runtimeUrl, log, connectionsMax: 2 });
  const isNewDatabase = (await findDeployment(keyringDb)) === undefined;
  const keyring = await KeyringHolder.open(keyringDb, await loadRootKeys(config, log, isNewDatabase), log);
  const server = await startServer({
    config,
    ...urls,
    keyring,
    caPem:
      options.env?.['ALTER_EGRESS_CA_FILE'] === undefined
        ? undefined
        : await readText(options.env['ALTER_EGRESS_CA_FILE']),
    versions: { alter_vault: 'test' },
    warnings: [],
    beforeListen: async (api) => {
      await bootstrap(api, config);
    },
    log,
  });
  const url = `http://127.0.0.1:${server.port}`;
  const client = makeClient(url, token);
  return {
    ...client,
    url,
    token,
    server,
    urls,
    dataDir,
    log: text,
    stop: async () => {
      await server.stop();
      await keyringDb.close();
      if (options.join === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function readText(file: string): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  return readFile(file, 'utf8');
}

function capturedLog(): { log: Log; text: () => string } {
  const lines: string[] = [];
  const sink = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(chunk.toString());
      done();
    },
  });
  return { log: pino({ level: 'debug', base: null }, sink), text: () => lines.join('') };
}

/** A client for a vault at `url`. */
export function makeClient(
  url: string,
  ownerToken: string,
): Omit<TestVault, 'url' | 'token' | 'server' | 'urls' | 'log' | 'stop'> {
  const api: TestVault['api'] = async (method, path, body, options = {}) => {
    const token = options.token === undefined ? ownerToken : options.token;
    const response = await fetch(url + path, {
      method,
      redirect: 'manual',
      headers: {
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
        ...options.headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return checked(await readAnswer(response));
  };
  const ok: TestVault['ok'] = async (method, path, body) => {
    const answer = await api(method, path, body);
    assert.ok(answer.status < 300, `${method} ${path} answered ${answer.status}: ${answer.text}`);
    return answer.json;
  };
  return {
    api,
    ok,
    key: (options = {}, app = 'default') => ok('POST', `/v1/apps/${app}/keys`, { name: 'test', ...options }),
    secret: (host, credential = { token: canary() }, more = {}) =>
      ok('POST', '/v1/apps/default/secrets', {
        name: `s-${randomBytes(6).toString('hex')}`,
        credential_type: 'bearer',
        credential,
        allowed_hosts: [host],
        ...more,
      }),
    proxy: async (key, grantId, target, init = {}) => {
      const { alter = {}, ...rest } = init;
      const response = await fetch(`${url}/v1/proxy`, {
        redirect: 'manual',
        ...rest,
        headers: {
          ...(rest.headers as Record<string, string> | undefined),
          Authorization: `Bearer ${key}`,
          'Alter-Grant': grantId,
          'Alter-Url': target,
          ...alter,
        },
      });
      return readAnswer(response);
    },
    release: (key, body) => api('POST', '/v1/requests', body, { token: key }),
    audit: async (query = {}, app = 'default') =>
      (await ok('GET', `/v1/apps/${app}/audit?${new URLSearchParams({ limit: '200', ...query }).toString()}`))
        .items,
  };
}

async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  return { status: response.status, headers: response.headers, text, json };
}

/** What every answer of the vault itself has. */
function checked(answer: Answer): Answer {
  assert.match(
    answer.headers.get('alter-request-id') ?? '',
    /^[0-9a-f-]{36}$/,
    'every answer carries Alter-Request-Id',
  );
  assert.equal(answer.headers.get('x-powered-by'), null);
  if (answer.status < 400) return answer;
  const error = answer.json?.error;
  assert.equal(typeof error?.code, 'string', `an error answers in the one shape: ${answer.text}`);
  assert.ok(error.message.length > 0 && error.hint.length > 0, 'an error says what to do');
  assert.equal(error.request_id, answer.headers.get('alter-request-id'));
  return answer;
}
