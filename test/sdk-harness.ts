/**
 * Servers for the tests of the SDK: a vault that answers what a test tells it to, and upstreams that record
 * everything. They stand for the outside world of the SDK; nothing of the SDK is replaced.
 */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { App } from '@alter-vault/sdk';

/** The credential: found anywhere but in a call to the right upstream, it fails the test. */
export const CANARY = 'K9f2-canary-credential-7Qx4-vL0p-3ZtR8m';
export const API_KEY = 'alter_key_app_test_0123456789abcdef';
export const GRANT = '0197a3c4-5b6d-7e8f-9a0b-1c2d3e4f5a6b';

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Answer = (seen: Seen, response: ServerResponse) => void | Promise<void>;

export interface TestServer {
  readonly url: string;
  readonly seen: Seen[];
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += String(chunk);
  return body;
}

/** A server on its own port that records each request before it answers; ends with the test. */
export async function startServer(t: TestContext, answer: Answer): Promise<TestServer> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    void readBody(request).then(async (body) => {
      const one = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body };
      seen.push(one);
      await answer(one, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

export interface FakeVault extends TestServer {
  /** What the next releases inject. */
  inject: unknown;
  /** Answers these first, one each, before it does its work. */
  readonly first: Answer[];
  /** Outcomes reported so far. */
  readonly outcomes: () => Record<string, unknown>[];
  /** Answers of /v1/proxy and /v1/approvals. */
  proxy: Answer;
}

export async function startVault(t: TestContext): Promise<FakeVault> {
  let count = 0;
  const server = await startServer(t, (seen, response) => {
    response.setHeader('Alter-Request-Id', `request-${(count += 1)}`);
    const planned = vault.first.shift();
    if (planned !== undefined) return planned(seen, response);
    if (seen.url === '/v1/requests/outcomes') return void response.writeHead(204).end();
    if (seen.url !== '/v1/requests') return vault.proxy(seen, response);
    sendJson(response, 200, {
      request_id: `request-${count}`,
      inject: vault.inject,
      expires_at: '2026-01-01T00:00:00Z',
    });
  });
  const vault: FakeVault = {
    ...server,
    inject: { headers: [['Authorization', `Bearer ${CANARY}`]], query: [] },
    first: [],
    proxy: refuse('internal', 500),
    outcomes: () =>
      server.seen
        .filter(({ url }) => url === '/v1/requests/outcomes')
        .flatMap(({ body }) => JSON.parse(body).outcomes),
  };
  return vault;
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** An error answer of the vault (WIRE §3). */
export function refuse(code: string, status: number, headers: Record<string, string> = {}): Answer {
  return (_seen, response) => {
    response.setHeader('Alter-Error', code);
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const issues = [{ path: 'url', message: 'no' }];
    sendJson(response, status, {
      error: { code, message: 'No.', hint: 'Do this.', request_id: 'r-refused', issues },
    });
  };
}

/** Answers with what it was asked. */
export const echo = (seen: Seen, response: ServerResponse): void => sendJson(response, 200, seen);

export interface Rig {
  readonly vault: FakeVault;
  readonly app: App;
}

/** A vault and a client of it. */
export async function rig(t: TestContext, options: { timeoutMs?: number } = {}): Promise<Rig> {
  // Before the servers end, in the order of registration, so that the last outcomes find their vault.
  t.after(() => app.close());
  const vault = await startVault(t);
  const app = new App({ apiKey: API_KEY, baseUrl: vault.url, caller: 'test-suite', ...options });
  return { vault, app };
}
