/** Upstreams for tests: real servers on 127.0.0.1 that record every request and answer as a test says. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';

export interface Recorded {
  readonly method: string;
  /** The request target as it came. */
  readonly url: string;
  /** Flat, as they came. */
  readonly rawHeaders: readonly string[];
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export type Behaviour = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;

export interface Upstream {
  readonly port: number;
  /** `http://127.0.0.1:port` or `https://…` */
  readonly origin: string;
  /** As an entry of `allowed_hosts`. */
  readonly host: string;
  readonly requests: Recorded[];
  /** Connections that were opened, whatever came over them. */
  connections(): number;
  behave(behaviour: Behaviour): void;
  stop(): Promise<void>;
}

/** Answers with what it got, as JSON, without the credential headers: the plain echo would be redacted. */
export const echo: Behaviour = (request, response, body) => {
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify({ method: request.method, url: request.url, body: body.toString('latin1') }));
};

/** `tls`: true for the names of the tests, `aws` for names of AWS (tls/README.md). */
export async function startUpstream(options: { tls?: boolean | 'aws' } = {}): Promise<Upstream> {
  const { tls = false } = options;
  const requests: Recorded[] = [];
  let behaviour: Behaviour = echo;
  let connections = 0;
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      requests.push({
        method: request.method ?? '',
        url: request.url ?? '',
        rawHeaders: request.rawHeaders,
        headers: request.headers,
        body,
      });
      behaviour(request, response, body);
    });
  };
  const server: Server =
    tls === false ? createServer(serve) : createTlsServer(tlsFiles(tls === 'aws' ? 'aws' : 'leaf'), serve);
  server.on('connection', () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    origin: `${tls === false ? 'http' : 'https'}://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    requests,
    connections: () => connections,
    behave: (next) => {
      behaviour = next;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function tlsFiles(name: 'leaf' | 'aws'): { key: Buffer; cert: Buffer } {
  const at = (ending: string): Buffer => readFileSync(new URL(`./tls/${name}.${ending}`, import.meta.url));
  return { key: at('key'), cert: at('pem') };
}
