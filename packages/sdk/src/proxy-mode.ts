/**
 * Proxy mode: the vault makes the call, and this process never has the credential. Sends the call, and tells
 * the upstream's answer from the vault's own.
 */
import { ApprovalPendingError, PendingApproval } from './approval.ts';
import { isFinal } from './approval-state.ts';
import type { Call } from './call.ts';
import { Deadline, parseTimeoutMs } from './deadline.ts';
import { invalid } from './error-of.ts';
import { TimeoutError } from './errors.ts';
import { ProxyResult } from './proxy-result.ts';
import type { VaultClient } from './vault-client.ts';
import { proxiedAnswer } from './vault-response.ts';

/** The vault ends the call at its time with an answer that says more; ours ends only after it. */
const GRACE_MS = 2_000;

/** What to do with a call that people have to approve. */
export interface AwaitApproval {
  /** Milliseconds to wait for the decision and the answer; then ApprovalPendingError. Without it as long as it takes. */
  readonly timeoutMs?: number | undefined;
  /** Told once, when the call is held: the moment to show `approval.approvalUrl`, or to keep `approval.approvalId`. */
  readonly onPending?: ((approval: PendingApproval) => void) | undefined;
}

/** The upstream's answer, also to a call that had to be approved where that is waited for; or a typed error. */
export async function callProxied(
  call: Call,
  options: {
    readonly idempotencyKey?: string | undefined;
    readonly awaitApproval?: boolean | AwaitApproval | undefined;
  },
  client: VaultClient,
): Promise<ProxyResult> {
  const { awaitApproval = false } = options;
  const wait = awaitApproval === true ? {} : awaitApproval;
  if (wait !== false && wait.timeoutMs !== undefined) parseTimeoutMs(wait.timeoutMs);
  const answer = await sendProxied(call, options.idempotencyKey, client);
  if (!(answer instanceof PendingApproval)) return new ProxyResult(answer);
  // An idempotency key found a call that has ended already: its end is the answer.
  if (isFinal(answer.status)) return answer.wait({ signal: call.signal });
  if (wait === false) throw new ApprovalPendingError(answer);
  wait.onPending?.(answer);
  return awaitDecision(answer, wait.timeoutMs, call.signal);
}

/** Time that runs out must not lose the approval: it comes with the error. */
async function awaitDecision(
  approval: PendingApproval,
  timeoutMs: number | undefined,
  signal: AbortSignal | undefined,
): Promise<ProxyResult> {
  try {
    return await approval.wait({ timeoutMs, signal });
  } catch (error) {
    throw error instanceof TimeoutError && !signal?.aborted ? new ApprovalPendingError(approval) : error;
  }
}

async function sendProxied(
  call: Call,
  idempotencyKey: string | undefined,
  client: VaultClient,
): Promise<Response | PendingApproval> {
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
    if (approvalId === null) return proxiedAnswer(answer, call.target.href, deadline);
    const approval = await PendingApproval.read(answer, approvalId, client, call.target);
    deadline.release();
    return approval;
  } catch (error) {
    deadline.release();
    throw deadline.isExpired ? new TimeoutError({ mayHaveBeenSent: true }) : error;
  }
}

function proxyHeaders(call: Call, idempotencyKey: string | undefined, client: VaultClient): Headers {
  const headers = new Headers(call.headers);
  for (const [name, value] of call.headers) if (client.isInside(value)) headers.delete(name);
  headers.set('alter-grant', encode('grantId', call.grantId));
  headers.set('alter-url', call.url);
  // A stream of known length is announced with it: S3 takes no other.
  if (call.contentLength !== undefined) headers.set('content-length', String(call.contentLength));
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
