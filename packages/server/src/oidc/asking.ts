/**
 * How the identity provider is asked: through egress, by https alone, without following redirects, with little time and little
 * room. What does not come is told apart from what is wrong.
 */
import type { CustomFetch } from 'openid-client';
import type { Egress } from '../egress/egress.ts';
import { parseTarget } from '../path/target.ts';

const TIMEOUT_MS = 5_000;
const ANSWER_BYTES_MAX = 256 * 1024;

/** It can not be reached, or says itself that it can not answer now. */
export class ProviderUnreachable extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'ProviderUnreachable';
  }
}

/** S17: private addresses are refused unless the operator allowed them. */
export const askThrough =
  (egress: Egress): CustomFetch =>
  async (url, { method, headers, body }) => {
    const target = parseTarget(url);
    if (target.scheme !== 'https') throw new TypeError('an identity provider is asked by https only');
    const bytes =
      body === undefined || body === null ? null : Buffer.from(await new Response(body).arrayBuffer());
    const answer = await egress
      .fetchSmall({
        poolKey: 'oidc',
        target,
        method,
        path: target.hasQuery ? `${target.path}?${target.query}` : target.path,
        headers: Object.entries(headers).flat(),
        body: bytes,
        contentLength: bytes?.length,
        connectTimeoutMs: TIMEOUT_MS,
        firstByteTimeoutMs: TIMEOUT_MS,
        idleTimeoutMs: TIMEOUT_MS,
        totalTimeoutMs: TIMEOUT_MS,
        maxResponseBytes: ANSWER_BYTES_MAX,
      })
      .catch((error: unknown) => {
        throw new ProviderUnreachable(`${target.host} gave no answer`, error);
      });
    const { status } = answer;
    if (status >= 500 || status === 429) throw new ProviderUnreachable(`${target.host} answered ${status}`);
    return new Response(answer.body.length === 0 ? null : Uint8Array.from(answer.body), {
      status,
      headers: headersOf(answer.headers),
    });
  };

function headersOf(raw: readonly string[]): Headers {
  const headers = new Headers();
  for (let at = 0; at + 1 < raw.length; at += 2) headers.append(raw[at] ?? '', raw[at + 1] ?? '');
  return headers;
}

/** Whether that is what lies behind an error, however the library wrapped it. */
export function isUnreachable(error: unknown): boolean {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth += 1)
    if (at instanceof ProviderUnreachable) return true;
  return false;
}
