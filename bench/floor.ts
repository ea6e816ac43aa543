/**
 * The floor: the least that a proxy on the vault's own parts must do. node:http in front, undici's dispatch behind, one
 * header injected, body and answer gathered; no check, no audit, no cipher. Started by the bench with the ports it uses.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Pool, type Dispatcher } from 'undici';

const [port, upstreamPort] = process.argv.slice(2).map(Number);
const upstream = new Pool(`http://127.0.0.1:${upstreamPort}`, { connections: 256, pipelining: 1 });
const MADE_HERE = new Set(['host', 'connection', 'content-length', 'authorization']);

class Answer implements Dispatcher.DispatchHandler {
  readonly #response: ServerResponse;
  readonly #chunks: Buffer[] = [];
  #status = 502;
  #headers: string[] = [];

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  onRequestStart(): void {}

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    this.#status = status;
    const raw = Array.isArray(controller.rawHeaders) ? controller.rawHeaders : [];
    this.#headers = raw.map((text) => text.toString());
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#response.writeHead(this.#status, passed(this.#headers, 'connection'));
    this.#response.end(this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks));
  }

  onResponseError(): void {
    this.#response.destroy();
  }
}

function passed(headers: readonly string[], ...without: string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? '';
    if (!without.includes(name.toLowerCase())) kept.push(name, headers[i + 1] ?? '');
  }
  return kept;
}

function forward(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
  const headers = passed(request.rawHeaders, ...MADE_HERE);
  headers.push('Authorization', 'Bearer bench-credential-0123456789abcdef');
  const method = request.method ?? 'POST';
  upstream.dispatch({ method, path: request.url ?? '/', headers, body }, new Answer(response));
}

createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () =>
    forward(request, response, chunks.length === 1 ? (chunks[0] ?? Buffer.of()) : Buffer.concat(chunks)),
  );
}).listen(port, '127.0.0.1');
