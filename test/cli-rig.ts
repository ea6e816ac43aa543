/**
 * The `alter` command against a vault that records what it is asked and refuses what the contract does not take: paths,
 * queries and bodies are checked by the schemas of the endpoint table, so that only the answers are made up.
 */
import { ENDPOINTS } from '@alter-vault/contract';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Readable, Writable } from 'node:stream';
import { run } from '../packages/cli/src/run.ts';

export const APP = '01990000-0000-7000-8000-000000000001';
export const SECRET = '01990000-0000-7000-8000-000000000002';
export const GRANT = '01990000-0000-7000-8000-000000000003';
export const TOKEN = `alter_pat_${'t'.repeat(40)}`;

export interface Seen {
  readonly route: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

type Answer = readonly [status: number, body: unknown];

export const page = (...items: unknown[]): Answer => [200, { items, next_cursor: null }];
export const refusal = (code: string): unknown => ({
  error: { code, message: `It is ${code}.`, hint: 'Do otherwise.', request_id: GRANT },
});

export interface CliRig {
  readonly answers: Record<string, Answer>;
  readonly seen: Seen[];
  /** The last request that changed or asked something by its body. */
  last(): Seen | undefined;
  alter(args: readonly string[], given?: { stdin?: Readable; env?: NodeJS.ProcessEnv }): Promise<Ran>;
  stop(): void;
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const DEFAULTS: Readonly<Record<string, Answer>> = {
  'GET /v1/apps': page({ app_id: APP, name: 'default' }),
  [`GET /v1/apps/${APP}/secrets`]: page({ secret_id: SECRET, name: 'bank', fields: ['token'] }),
  [`GET /v1/apps/${APP}/secrets/${SECRET}`]: [200, { secret_id: SECRET, name: 'bank', fields: ['token'] }],
};

class Sink extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

export async function startCliRig(): Promise<CliRig> {
  const seen: Seen[] = [];
  const answers: Record<string, Answer> = {};
  const server = createServer((request, response) => void answer(request, response));
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://vault');
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    const route = `${request.method} ${url.pathname}`;
    seen.push({ route, query: url.searchParams, body });
    const wrong = violationOf(request.method ?? '', url, body);
    const [status, answered] =
      wrong === undefined
        ? (answers[route] ?? DEFAULTS[route] ?? [404, refusal('not_found')])
        : [400, { error: { code: 'invalid_request', message: wrong, hint: 'See the contract.' } }];
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(answered === undefined ? undefined : JSON.stringify(answered));
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const baseUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  return {
    answers,
    seen,
    last: () => seen.at(-1),
    alter: async (args, given = {}) => {
      const [stdout, stderr] = [new Sink(), new Sink()];
      const env = { ALTER_TOKEN: TOKEN, ALTER_BASE_URL: baseUrl, ...given.env };
      const code = await run(args, { env, stdin: given.stdin ?? Readable.from([]), stdout, stderr });
      return { code, out: stdout.text, err: stderr.text };
    },
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Why the contract does not take a request; undefined where it does. */
function violationOf(method: string, url: URL, body: unknown): string | undefined {
  const endpoint = Object.values(ENDPOINTS).find(
    (one) => one.method === method && isAt(one.path, url.pathname),
  );
  if (endpoint === undefined) return `There is no ${method} ${url.pathname}.`;
  const query = Object.fromEntries(url.searchParams);
  const results = [
    'query' in endpoint ? endpoint.query.safeParse(query) : undefined,
    'body' in endpoint ? endpoint.body.safeParse(body ?? {}) : undefined,
  ];
  if (!('body' in endpoint) && body !== undefined) return `${method} ${url.pathname} takes no body.`;
  if (!('query' in endpoint) && url.search !== '') return `${method} ${url.pathname} takes no query.`;
  return results.map((result) => result?.error?.message).find((message) => message !== undefined);
}

const isAt = (pattern: string, path: string): boolean =>
  new RegExp(`^${pattern.replaceAll(/:[a-z_]+/g, '[^/]+')}$`).test(path);
