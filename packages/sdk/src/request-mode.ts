/**
 * Request mode: the vault releases the injection for one call, this process makes the call, and the outcome
 * is told afterwards. The upstream is called once: nothing here tries again what may have been acted on.
 */
import { lengthOf, sha256Of } from './body.ts';
import type { Call } from './call.ts';
import { Deadline } from './deadline.ts';
import { invalid } from './error-of.ts';
import { AlterError, TimeoutError, UpstreamError } from './errors.ts';
import type { OpenCall, Outcome, OutcomeReporter } from './outcomes.ts';
import { type InjectedRequest, parseRelease, type Release, removeCallersCredentials } from './release.ts';
import type { VaultClient } from './vault-client.ts';
import { answerOf, type BodyWatcher, brokenOff } from './vault-response.ts';

/** R1: redirects are never followed; where a runtime does not show them either, the call has failed. */
const HIDDEN_REDIRECT = 'The upstream redirected, and this runtime does not show where to.';

export async function sendReleased(
  call: Call,
  bodySha256: string | undefined,
  client: VaultClient,
  reporter: OutcomeReporter,
): Promise<Response> {
  const deadline = new Deadline(call.timeoutMs, call.signal);
  try {
    removeCallersCredentials(call.headers, (value) => client.isInside(value));
    const release = await askRelease(call, bodySha256, client, deadline);
    return await sendOnce(call, release, reporter, deadline);
  } catch (error) {
    deadline.release();
    throw error;
  }
}

/** @throws InvalidRequestError */
export function parseBodySha256(value: string | undefined): string | undefined {
  if (value === undefined || value === 'UNSIGNED-PAYLOAD' || /^[0-9a-f]{64}$/.test(value)) return value;
  throw invalid('bodySha256', '64 hexadecimal digits in lower case or UNSIGNED-PAYLOAD are needed.');
}

async function askRelease(
  call: Call,
  bodySha256: string | undefined,
  client: VaultClient,
  deadline: Deadline,
): Promise<Release> {
  return parseRelease(
    await askVault(call, { body_sha256: bodySha256 ?? (await sha256Of(call.body)) }, client, deadline),
  );
}

/** The answer of POST /v1/requests, as it came. */
export async function askVault(
  call: Call,
  more: Readonly<Record<string, unknown>>,
  client: VaultClient,
  deadline: Deadline,
): Promise<unknown> {
  const context: unknown = call.context === undefined ? undefined : JSON.parse(call.context);
  const asked = {
    grant_id: call.grantId,
    method: call.method,
    url: call.url,
    headers: Object.fromEntries(call.headers),
    reason: call.reason,
    context,
    caller: call.caller,
    ...more,
  };
  const body = new TextEncoder().encode(JSON.stringify(asked));
  const headers = new Headers({ 'content-type': 'application/json' });
  const answer = await client.send(
    { method: 'POST', path: '/v1/requests', headers, body, isRepeatable: true },
    deadline,
  );
  return answer.json().catch(() => {
    deadline.signal.throwIfAborted();
    return undefined;
  });
}

async function sendOnce(
  call: Call,
  release: Release,
  reporter: OutcomeReporter,
  deadline: Deadline,
): Promise<Response> {
  const watch = new CallWatch(release.requestId, call, reporter, deadline);
  try {
    const injected = release.inject(call.target, call.headers);
    const answer = await fetchOnce(call, injected, watch, deadline.signal);
    deadline.disarm();
    watch.answered(answer.status);
    return answerOf(answer, {
      url: call.target.href,
      redactor: injected.redactor,
      watcher: watch,
      signal: deadline.signal,
    });
  } catch (failure) {
    const error = failureOf(failure, release.requestId, deadline);
    watch.ended(error instanceof AlterError ? outcomeCodeOf(error) : 'cancelled');
    throw error;
  }
}

async function fetchOnce(
  call: Call,
  injected: InjectedRequest,
  watch: CallWatch,
  signal: AbortSignal,
): Promise<Response> {
  const { content } = call.body;
  const init: RequestInit & { duplex?: 'half' } = {
    method: call.method,
    headers: injected.headers,
    redirect: 'manual',
    signal,
  };
  if (content instanceof ReadableStream) {
    init.body = content.pipeThrough(watch.counter());
    init.duplex = 'half';
  } else if (content !== undefined) {
    init.body = content;
  }
  const answer = await fetch(injected.url, init);
  if (answer.type === 'opaqueredirect')
    throw new UpstreamError({ code: 'upstream_unreachable', message: HIDDEN_REDIRECT });
  return answer;
}

/** S10: what `fetch` threw may hold the URL with the credential; what the caller aborted with is the caller's. */
function failureOf(failure: unknown, requestId: string, deadline: Deadline): unknown {
  if (deadline.isExpired) return new TimeoutError({ requestId, mayHaveBeenSent: true });
  if (deadline.signal.aborted) return deadline.signal.reason;
  if (failure instanceof AlterError) return failure;
  const { message, cause } = brokenOff(failure);
  return new UpstreamError({ code: 'upstream_unreachable', message, cause, requestId });
}

const outcomeCodeOf = (error: AlterError): string =>
  error instanceof TimeoutError ? 'upstream_timeout' : error.code;

/** Gathers the outcome of one call and tells it once. */
export class CallWatch implements BodyWatcher, OpenCall {
  readonly #requestId: string;
  readonly #reporter: OutcomeReporter;
  readonly #deadline: Deadline;
  readonly #startedAt = performance.now();
  #latencyMs: number | undefined;
  #status: number | undefined;
  #bytesReceived = 0;
  #bytesSent: number;
  #isTold = false;

  constructor(requestId: string, call: Call, reporter: OutcomeReporter, deadline: Deadline) {
    this.#requestId = requestId;
    this.#reporter = reporter;
    this.#deadline = deadline;
    this.#bytesSent = lengthOf(call.body) ?? 0;
    reporter.opened(this);
  }

  answered(status: number): void {
    this.#status = status;
    this.#latencyMs = this.#elapsedMs();
  }

  received(bytes: number): void {
    this.#bytesReceived += bytes;
  }

  counter(): TransformStream<Uint8Array, Uint8Array> {
    return new TransformStream({
      transform: (chunk, controller) => {
        this.#bytesSent += chunk.byteLength;
        controller.enqueue(chunk);
      },
    });
  }

  report(): void {
    this.#tell(this.#status === undefined ? 'cancelled' : undefined);
  }

  ended(error?: string): void {
    this.#deadline.release();
    this.#tell(error);
  }

  #tell(error: string | undefined): void {
    if (this.#isTold) return;
    this.#isTold = true;
    this.#reporter.add(this.#outcome(error), this);
  }

  #outcome(error: string | undefined): Outcome {
    return {
      request_id: this.#requestId,
      latency_ms: this.#latencyMs ?? this.#elapsedMs(),
      bytes_in: this.#bytesSent,
      bytes_out: this.#bytesReceived,
      ...(this.#status !== undefined && { status_code: this.#status }),
      ...(error !== undefined && { error }),
    };
  }

  #elapsedMs(): number {
    return Math.round(performance.now() - this.#startedAt);
  }
}
