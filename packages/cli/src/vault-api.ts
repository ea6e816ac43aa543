/**
 * The control plane of one vault, as this command calls it. Follows no redirect, sends the token nowhere but
 * to the vault, and to another host than loopback only over https.
 */
import { EXIT, exitCodeOf, Failure, usage } from './failure.ts';
import type { Row } from './output.ts';

export const BASE_URL = 'http://127.0.0.1:7400';
const TIMEOUT_MS = 30_000;
const PAGE_LIMIT = 200;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export type Query = Readonly<Record<string, string | number | undefined>>;

/** Where the vault is, from `ALTER_BASE_URL`. */
export function baseUrlOf(env: NodeJS.ProcessEnv): string {
  const given = env['ALTER_BASE_URL'] || BASE_URL;
  if (!URL.canParse(given)) throw usage('ALTER_BASE_URL is no URL.', `Set it to something like ${BASE_URL}.`);
  const { protocol, hostname, origin } = new URL(given);
  const isLoopback = hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback)) {
    throw usage(
      'ALTER_BASE_URL must be https, except on this machine.',
      'Tokens and credentials would go out in clear.',
    );
  }
  return origin;
}

interface VaultCall {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

export class VaultApi {
  readonly baseUrl: string;
  readonly #token: string | undefined;

  constructor(env: NodeJS.ProcessEnv) {
    this.baseUrl = baseUrlOf(env);
    this.#token = env['ALTER_TOKEN'] || undefined;
  }

  get(path: string, query: Query = {}): Promise<Row> {
    return this.#json('GET', path, query);
  }

  send(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<Row> {
    return this.#json(method, path, {}, body);
  }

  /** The one thing that is done before anybody can be signed in. */
  setUp(body: unknown): Promise<Row> {
    return this.#json('POST', '/v1/setup', {}, body, false);
  }

  /** Every item of a list, over all its pages. */
  async list(path: string, query: Query = {}): Promise<Row[]> {
    const items: Row[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.page(path, { ...query, limit: PAGE_LIMIT, cursor });
      items.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    return items;
  }

  async page(path: string, query: Query): Promise<{ items: Row[]; nextCursor: string | undefined }> {
    const { items, next_cursor } = await this.get(path, query);
    if (!Array.isArray(items) || !items.every(isRow)) throw this.#notAVault();
    return { items, nextCursor: typeof next_cursor === 'string' ? next_cursor : undefined };
  }

  /** The id of what is named so in a list; an id is taken as it is. */
  async idOf(what: string, given: string, path: string): Promise<string> {
    if (UUID.test(given)) return given;
    const found = (await this.list(path)).find((item) => item['name'] === given);
    const id = found?.[`${what}_id`];
    if (typeof id !== 'string')
      throw new Failure(
        EXIT.notFound,
        `There is no ${what} "${given}".`,
        `See alter ${what === 'policy' ? 'policies' : `${what}s`} list.`,
      );
    return id;
  }

  /** `/v1/apps/{app}` of the app that was named, or else of `default` or of the only one. */
  async appPath(given: string | undefined): Promise<string> {
    if (given !== undefined) return `/v1/apps/${encodeURIComponent(given)}`;
    const apps = await this.list('/v1/apps');
    const app = apps.find(({ name }) => name === 'default') ?? (apps.length === 1 ? apps[0] : undefined);
    if (!app)
      throw usage(
        'There is more than one app, and none is named default.',
        'Say which with --app NAME; see alter apps list.',
      );
    return `/v1/apps/${String(app['app_id'])}`;
  }

  /** The text of an answer that is no JSON. */
  async text(path: string): Promise<string> {
    return (await this.open(path)).text();
  }

  /** A successful answer with its body unread. */
  async open(path: string, query: Query = {}): Promise<Response> {
    return this.#fetch({ method: 'GET', headers: this.#authorization() }, this.#url(path, query));
  }

  async #json(method: string, path: string, query: Query, body?: unknown, isSigned = true): Promise<Row> {
    const headers = isSigned ? this.#authorization() : {};
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await this.#fetch({ method, headers, body, signal }, this.#url(path, query));
    if (response.status === 204) return {};
    const answer = await readJson(response);
    if (!isRow(answer)) throw this.#notAVault();
    return answer;
  }

  #authorization(): Record<string, string> {
    if (this.#token) return { authorization: `Bearer ${this.#token}` };
    throw new Failure(
      EXIT.notSignedIn,
      'You are not signed in.',
      'Set ALTER_TOKEN to an access token (alter_pat_…); alter setup makes the first, alter tokens create more.',
    );
  }

  async #fetch(call: VaultCall, url: URL): Promise<Response> {
    const { method, headers, body, signal } = call;
    const response = await this.#reach(url, {
      method,
      headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
      redirect: 'manual',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    if (response.status >= 400) throw failureOf(await readJson(response), response.status);
    if (!response.ok) throw this.#notAVault();
    return response;
  }

  #url(path: string, query: Query): URL {
    const url = new URL(this.baseUrl);
    url.pathname = path;
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(name, String(value));
    return url;
  }

  async #reach(url: URL, init: RequestInit): Promise<Response> {
    try {
      return await fetch(url, init);
    } catch {
      throw new Failure(
        EXIT.unreachable,
        `The vault at ${this.baseUrl} can't be reached.`,
        'Is it running? Is ALTER_BASE_URL right? alter doctor looks closer.',
      );
    }
  }

  #notAVault(): Failure {
    return new Failure(
      EXIT.unreachable,
      `What answers at ${this.baseUrl} is no vault.`,
      'Check ALTER_BASE_URL.',
    );
  }
}

export function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return undefined;
  }
}

function failureOf(answer: unknown, status: number): Failure {
  const error = isRow(answer) && isRow(answer['error']) ? answer['error'] : {};
  const code =
    typeof error['code'] === 'string' ? error['code'] : status === 401 ? 'unauthenticated' : 'internal';
  const issues = Array.isArray(error['issues']) ? error['issues'].filter(isRow) : [];
  const where = issues.map(({ path, message }) => ` ${String(path)}: ${String(message)}`).join(';');
  const sentence = typeof error['message'] === 'string' ? error['message'] : `The vault answered ${status}.`;
  const hint = typeof error['hint'] === 'string' ? error['hint'] : 'Look at the log of the vault.';
  const requestId = typeof error['request_id'] === 'string' ? error['request_id'] : undefined;
  return new Failure(exitCodeOf(code), sentence + where, hint, { code, requestId });
}
