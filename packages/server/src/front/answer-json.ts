/** The JSON answers of the data plane: refusals, released injections, held calls. One set of headers for all. */
import type { CallerResponse } from './caller.ts';

export interface JsonAnswer {
  readonly status: number;
  readonly reason: string;
  readonly requestId: string;
  /** Beyond those of every answer; flat, names and values in turn. */
  readonly headers?: readonly string[];
  readonly body: object;
}

export function answerJson(
  response: CallerResponse,
  { status, reason, requestId, headers = [], body }: JsonAnswer,
): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, reason, [
    'Content-Type',
    'application/json; charset=utf-8',
    'Content-Length',
    String(bytes.length),
    'Cache-Control',
    'no-store',
    'X-Content-Type-Options',
    'nosniff',
    ...headers,
    'Alter-Request-Id',
    requestId,
  ]);
  response.end(response.req.method === 'HEAD' ? undefined : bytes);
}
