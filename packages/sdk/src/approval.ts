/**
 * A call that the vault holds until people have decided: waiting for them, and fetching what the vault then
 * did. Decides nothing, and sends the held call never itself.
 */
import { Deadline, parseTimeoutMs } from './deadline.ts';
import { errorOf } from './error-of.ts';
import { AlterError, TimeoutError, VaultUnreachableError } from './errors.ts';
import { hidden } from './hidden.ts';
import { ProxyResult } from './proxy-result.ts';
import { isObject, textOf, type VaultClient } from './vault-client.ts';
import { proxiedAnswer } from './vault-response.ts';

export type ApprovalStatus =
  | 'pending'
  | 'approved'
  | 'executing'
  | 'executed'
  | 'failed'
  | 'denied'
  | 'expired'
  | 'cancelled';

export interface WaitOptions {
  /** Milliseconds; without it until the approval itself ends. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | null | undefined;
}

/** One poll stays below the idle timeouts of proxies on the way. */
const POLL_MS = 30_000;
/** How much longer than asked an answer may take before the connection counts as dead. */
const POLL_GRACE_MS = 15_000;
/** Between two polls, should the vault answer at once. */
const PAUSE_MS = 250;

/** The call is held: `approval` is what to wait on. Nothing was sent to the upstream. */
export class ApprovalPendingError extends AlterError {
  readonly approval: PendingApproval;

  constructor(approval: PendingApproval) {
    super({
      code: 'approval_pending',
      status: 202,
      message: 'The call waits for an approval.',
      hint: 'await error.approval.wait() for the answer of the upstream, and show error.approval.approvalUrl to who decides.',
      requestId: approval.requestId,
    });
    this.approval = approval;
  }

  static {
    Object.defineProperty(this.prototype, 'name', {
      value: 'ApprovalPendingError',
      configurable: true,
      writable: true,
    });
  }
}

interface ApprovalState {
  readonly status: string;
  readonly reason: string | undefined;
  readonly failure: { readonly code: string; readonly mayHaveBeenSent: boolean };
}

export class PendingApproval {
  readonly #client: VaultClient;
  readonly #url: string;
  readonly approvalId: string;
  /** Where an approver decides; undefined where the vault names no page. */
  readonly approvalUrl: string | undefined;
  /** SHA-256 over what will be sent, less the credential: what the approver sees. */
  readonly requestDigest: string | undefined;
  /** RFC 3339 time at which nobody can approve any more. */
  readonly expiresAt: string | undefined;
  readonly requestId: string | undefined;

  private constructor(
    approvalId: string,
    url: string,
    requestId: string | null,
    fields: Record<string, unknown>,
    client: VaultClient,
  ) {
    this.#client = client;
    this.#url = url;
    this.approvalId = approvalId;
    this.approvalUrl = textOf(fields['approval_url']);
    this.requestDigest = textOf(fields['request_digest']);
    this.expiresAt = textOf(fields['expires_at']);
    this.requestId = requestId ?? undefined;
    const { approvalUrl, requestDigest, expiresAt } = this;
    hidden(this, () => ({ approvalId, approvalUrl, requestDigest, expiresAt }));
  }

  /** @internal The body of a 202 of the vault. */
  static async read(
    answer: Response,
    approvalId: string,
    client: VaultClient,
    target: URL,
  ): Promise<PendingApproval> {
    const body: unknown = await answer.json().catch(() => undefined);
    const fields = isObject(body) && isObject(body['approval']) ? body['approval'] : {};
    return new PendingApproval(
      approvalId,
      target.href,
      answer.headers.get('alter-request-id'),
      fields,
      client,
    );
  }

  /**
   * Waits for the decision and for the vault to make the call; the answer of the upstream, or
   * ApprovalDeniedError, ApprovalExpiredError, ApprovalCancelledError, ApprovalStaleError or UpstreamError.
   * May be called again after a TimeoutError.
   */
  async wait(options: WaitOptions = {}): Promise<ProxyResult> {
    const timeoutMs = options.timeoutMs === undefined ? Infinity : parseTimeoutMs(options.timeoutMs);
    const deadline = new Deadline(timeoutMs, options.signal ?? undefined);
    try {
      const state = await this.#waitFinal(deadline);
      if (state.status !== 'executed') throw this.#errorOf(state);
      const request = { method: 'GET', path: `${this.#path}/result`, isRepeatable: true, isProxied: true };
      return new ProxyResult(proxiedAnswer(await this.#client.send(request, deadline), this.#url, deadline));
    } catch (error) {
      deadline.release();
      throw deadline.isExpired
        ? new TimeoutError({ message: 'Nobody decided within timeoutMs; the call is still held.' })
        : error;
    }
  }

  /** Gives the held call up. */
  async cancel(): Promise<void> {
    const deadline = new Deadline(POLL_MS, undefined);
    try {
      const answer = await this.#client.send(
        { method: 'POST', path: `${this.#path}/cancel`, isRepeatable: true },
        deadline,
      );
      await answer.body?.cancel();
    } finally {
      deadline.release();
    }
  }

  get #path(): string {
    return `/v1/approvals/${encodeURIComponent(this.approvalId)}`;
  }

  async #waitFinal(deadline: Deadline): Promise<ApprovalState> {
    for (;;) {
      const state = await this.#poll(deadline);
      if (state !== undefined && !['pending', 'approved', 'executing'].includes(state.status)) return state;
      await deadline.sleep(PAUSE_MS);
    }
  }

  /** Undefined where this poll failed in a way that the next may not. */
  async #poll(outer: Deadline): Promise<ApprovalState | undefined> {
    const waitMs = Math.max(0, Math.floor(Math.min(POLL_MS, outer.remainingMs)));
    const deadline = new Deadline(waitMs + POLL_GRACE_MS, outer.signal);
    try {
      const path = `${this.#path}?wait_ms=${waitMs}`;
      const answer = await this.#client.send({ method: 'GET', path, isRepeatable: true }, deadline);
      return parseState(await answer.json());
    } catch (error) {
      outer.signal.throwIfAborted();
      if (
        error instanceof AlterError &&
        !error.retryable &&
        !(error instanceof VaultUnreachableError) &&
        !(error instanceof TimeoutError)
      )
        throw error;
      return undefined;
    } finally {
      deadline.release();
    }
  }

  #errorOf(state: ApprovalState): AlterError {
    const requestId = this.requestId;
    if (state.status === 'failed') return errorOf({ ...state.failure, requestId });
    const hint = state.reason === undefined ? undefined : `The approver said: ${state.reason}`;
    return errorOf({ code: `approval_${state.status}`, hint, requestId });
  }
}

function parseState(answer: unknown): ApprovalState {
  const fields = isObject(answer) ? answer : {};
  const error = isObject(fields['error']) ? fields['error'] : {};
  return {
    status: textOf(fields['status']) ?? 'pending',
    reason: textOf(fields['decision_reason']),
    failure: {
      code: textOf(error['code']) ?? 'internal',
      mayHaveBeenSent: error['may_have_been_sent'] !== false,
    },
  };
}
