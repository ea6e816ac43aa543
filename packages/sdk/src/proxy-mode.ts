/**
 * Proxy mode: the vault makes the call, and this process never has the credential. Sends the call, and tells
 * the upstream's answer from the vault's own.
 */
import { ApprovalPendingError, PendingApproval } from './approval.ts';
import type { Call } from './call.ts';
import { Deadline } from './deadline.ts';
import { invalid } from './error-of.ts';
import { TimeoutError } from './errors.ts';
import type { VaultClient } from './vault-client.ts';
import { proxiedAnswer } from './vault-response.ts';

/** The vault ends the call at its time with an answer that says more; ours ends only after it. */
const GRACE_MS = 2_000;

/** The upstream's answer, or a typed error; a held call is an `ApprovalPendingError`. */
export async function sendProxied(
  call: Call,
  idempotencyKey: string | undefined,
  client: VaultClient,
): Promise<Response> {
  const headers = proxyHeaders(call, idempotencyKey, client);
  const deadline = new Deadline(call.timeoutMs + GRACE_MS, call.signal);
  try {
    const request = {
      method: call.method,
      path: '/v1/proxy',
      headers,
      body: call.body.content,
      isRepeatable: call.isReplayable,
      isProxied: true,
    };
    const answer = await client.send(request, deadline);
    const approvalId = answer.status === 202 ? answer.headers.get('alter-approval') : null;
    if (approvalId !== null)
      throw new ApprovalPendingError(await PendingApproval.read(answer, approvalId, client, call.target));
    return proxiedAnswer(answer, call.target.href, deadline);
  } catch (error) {
    deadline.release();
    throw deadline.isExpired ? new TimeoutError({ mayHaveBeenSent: true }) : error;
  }
}

function proxyHeaders(call: Call, idempotencyKey: string | undefined, client: VaultClient): Headers {
  const headers = new Headers(call.headers);
  for (const [name, value] of call.headers) if (client.isInside(value)) headers.delete(name);
  headers.set('alter-grant', encode('grantId', call.grantId));
  headers.set('alter-url', call.target.href);
  if (call.reason !== undefined) headers.set('alter-reason', encode('reason', call.reason));
  if (call.context !== undefined) headers.set('alter-context', encode('context', call.context));
  if (call.caller !== undefined) headers.set('alter-caller', encode('caller', call.caller));
  if (Number.isFinite(call.timeoutMs)) headers.set('alter-timeout-ms', String(Math.ceil(call.timeoutMs)));
  if (idempotencyKey !== undefined) headers.set('idempotency-key', parseIdempotencyKey(idempotencyKey));
  return headers;
}

/** WIRE §9: percent-encoded UTF-8, decoded once. */
function encode(name: string, value: string): string {
  try {
    return encodeURIComponent(value);
  } catch {
    throw invalid(name, 'a lone surrogate can not be sent.');
  }
}

function parseIdempotencyKey(value: string): string {
  if (/^[\x21-\x7e]{1,255}$/.test(value)) return value;
  throw invalid('idempotencyKey', '1 to 255 visible ASCII characters are needed.');
}
