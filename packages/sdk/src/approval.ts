/**
 * A call that the vault holds until people have decided: waiting for them, and fetching what the vault then
 * did. Decides nothing, and sends the held call never itself.
 */
import {
  type ApprovalState,
  type ApprovalStatus,
  errorOfState,
  isFinal,
  parseState,
} from './approval-state.ts';
import { Deadline, parseTimeoutMs } from './deadline.ts';
import { AlterError, ConflictError, TimeoutError, VaultUnreachableError } from './errors.ts';
import { hidden } from './hidden.ts';
import { ProxyResult } from './proxy-result.ts';
import type { VaultClient } from './vault-client.ts';
import { proxiedAnswer } from './vault-response.ts';

export interface WaitOptions {
  /** Milliseconds; without it until the approval itself ends. */
  readonly timeoutMs?: number | undefined;
  /** Ends the waiting, not the held call; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | null | undefined;
}

/** One poll stays below the idle timeouts of proxies on the way. */
const POLL_MS = 30_000;
/** How much longer than asked an answer may take before the connection counts as dead. */
const POLL_GRACE_MS = 15_000;
/** Between two polls, should the vault answer at once. */
const PAUSE_MS = 250;
/** Between two polls of a vault that is away. */
const PAUSE_MS_MAX = 5_000;
/** Longer than a restart or an upgrade: a vault that is away for so long is waited for no more. */
const OUTAGE_MS_MAX = 15 * 60_000;
/** For what the vault answers without waiting for anybody. */
const ANSWER_MS = 60_000;

/** A held call. It stays held, and goes out once approved, whatever happens to this process. */
export class PendingApproval {
  readonly #client: VaultClient;
  readonly #target: string;
  #state: ApprovalState;

  /** @internal */
  constructor(state: ApprovalState, client: VaultClient, target = '') {
    this.#state = state;
    this.#client = client;
    this.#target = target;
    hidden(this, () => {
      const { approvalId, status, method, host, approvalUrl, requestDigest, expiresAt, requestId } = this;
      return { approvalId, status, method, host, approvalUrl, requestDigest, expiresAt, requestId };
    });
  }

  /** @internal The body of a 202 of the vault. */
  static async read(
    answer: Response,
    approvalId: string,
    client: VaultClient,
    target: URL,
  ): Promise<PendingApproval> {
    const state = parseState(await answer.json().catch(() => undefined), approvalId);
    const requestId = state.requestId ?? answer.headers.get('alter-request-id') ?? undefined;
    return new PendingApproval({ ...state, requestId }, client, target.href);
  }

  /** @internal An approval by its id, asked of the vault. */
  static async find(approvalId: string, client: VaultClient): Promise<PendingApproval> {
    return new PendingApproval(await ask(client, pathOf(approvalId)), client);
  }

  /** Keep it: `vault.approval(approvalId)` waits on it again, also in another process. */
  get approvalId(): string {
    return this.#state.approvalId;
  }

  /** As the vault last told; `refresh()` asks again. */
  get status(): ApprovalStatus {
    return this.#state.status;
  }

  /** Finds the held call in the audit log. */
  get requestId(): string | undefined {
    return this.#state.requestId;
  }

  /** With which grant, which method, and to which host the held call goes: to know it again in a list. */
  get grantId(): string | undefined {
    return this.#state.grantId;
  }

  get method(): string | undefined {
    return this.#state.method;
  }

  get host(): string | undefined {
    return this.#state.host;
  }

  /** Where an approver decides; undefined where the vault names no page. */
  get approvalUrl(): string | undefined {
    return this.#state.approvalUrl;
  }

  /** SHA-256 over what will be sent, less the credential: what the approver sees. */
  get requestDigest(): string | undefined {
    return this.#state.requestDigest;
  }

  /** RFC 3339 time at which nobody can approve any more. */
  get expiresAt(): string | undefined {
    return this.#state.expiresAt;
  }

  /** RFC 3339 time of the decision. */
  get decidedAt(): string | undefined {
    return this.#state.decidedAt;
  }

  /** What the approver said to it. */
  get decisionReason(): string | undefined {
    return this.#state.decisionReason;
  }

  /** RFC 3339 time at which the vault made the call. */
  get executedAt(): string | undefined {
    return this.#state.executedAt;
  }

  /** Whether `result()` has something to give; results are shredded after a time. */
  get hasResult(): boolean {
    return this.#state.hasResult;
  }

  /**
   * Waits for the decision and for the vault to make the call; the answer of the upstream, or
   * ApprovalDeniedError, ApprovalExpiredError, ApprovalCancelledError, ApprovalStaleError, UpstreamError or what
   * else refused the call when it was to go out. Goes on over lost connections and restarts of the vault, for at
   * most 15 minutes without one. After a TimeoutError the call is still held: wait again, or `cancel()`.
   */
  async wait(options: WaitOptions = {}): Promise<ProxyResult> {
    const timeoutMs = options.timeoutMs === undefined ? Infinity : parseTimeoutMs(options.timeoutMs);
    const deadline = new Deadline(timeoutMs, options.signal ?? undefined);
    try {
      return await this.#waitForResult(deadline);
    } catch (error) {
      deadline.release();
      throw deadline.isExpired ? this.#timedOut() : error;
    }
  }

  /** Asks for the state once. `status` and the other properties are those of the answer. */
  async refresh(): Promise<this> {
    this.#learn(await ask(this.#client, this.#path));
    return this;
  }

  /**
   * The answer of the upstream to a call that was executed: status, headers and a streaming body. May be fetched
   * again while the vault keeps it.
   * @throws ConflictError before the call was executed, NotFoundError once the result was shredded.
   */
  async result(options: WaitOptions = {}): Promise<ProxyResult> {
    const deadline = new Deadline(
      parseTimeoutMs(options.timeoutMs ?? ANSWER_MS),
      options.signal ?? undefined,
    );
    try {
      return await this.#fetchResult(deadline);
    } catch (error) {
      deadline.release();
      throw error;
    }
  }

  /**
   * Gives the held call up.
   * @throws ConflictError where it was decided on already.
   */
  async cancel(): Promise<void> {
    const deadline = new Deadline(ANSWER_MS, undefined);
    try {
      const request = { method: 'POST', path: `${this.#path}/cancel`, isRepeatable: true };
      await (await this.#client.send(request, deadline)).body?.cancel();
    } catch (error) {
      // The first try may have been lost on its way back.
      if (!(error instanceof ConflictError) || (await this.refresh()).status !== 'cancelled') throw error;
    } finally {
      deadline.release();
    }
    this.#state = { ...this.#state, status: 'cancelled' };
  }

  get #path(): string {
    return pathOf(this.approvalId);
  }

  /** An answer need not repeat what was told before. */
  #learn(told: ApprovalState): void {
    const isTold = ([, value]: readonly [string, unknown]): boolean => value !== undefined;
    this.#state = { ...this.#state, ...Object.fromEntries(Object.entries(told).filter(isTold)) };
  }

  async #waitForResult(deadline: Deadline): Promise<ProxyResult> {
    const outage = new Outage();
    for (;;) {
      const ended = await this.#advance(deadline).catch((error: unknown) => {
        deadline.signal.throwIfAborted();
        return outage.bear(error);
      });
      if (ended instanceof ProxyResult) return ended;
      if (ended instanceof AlterError) throw ended;
      await deadline.sleep(outage.pauseMs);
      if (ended === 'open') outage.end();
    }
  }

  /** One poll: how the call ended, as its answer or its error, or that it did not end yet. */
  async #advance(deadline: Deadline): Promise<ProxyResult | AlterError | 'open'> {
    await this.#poll(deadline);
    if (!isFinal(this.status)) return 'open';
    return this.status === 'executed' ? this.#fetchResult(deadline) : errorOfState(this.#state);
  }

  /** A deadline of its own: a connection that went silent is not waited for. */
  async #poll(outer: Deadline): Promise<void> {
    const waitMs = Math.max(0, Math.floor(Math.min(POLL_MS, outer.remainingMs)));
    const deadline = new Deadline(waitMs + POLL_GRACE_MS, outer.signal);
    try {
      const request = { method: 'GET', path: `${this.#path}?wait_ms=${waitMs}`, isRepeatable: true };
      this.#learn(await readState(await this.#client.send(request, deadline)));
    } finally {
      deadline.release();
    }
  }

  async #fetchResult(deadline: Deadline): Promise<ProxyResult> {
    const request = { method: 'GET', path: `${this.#path}/result`, isRepeatable: true, isProxied: true };
    return new ProxyResult(proxiedAnswer(await this.#client.send(request, deadline), this.#target, deadline));
  }

  #timedOut(): TimeoutError {
    const { requestId } = this;
    const hint = 'wait() again, now or in another process by vault.approval(approvalId); or cancel().';
    if (this.status === 'pending')
      return new TimeoutError({
        message: 'Nobody decided within timeoutMs; the call is still held.',
        hint,
        requestId,
      });
    const message = 'The call was approved; timeoutMs was over before its answer was here.';
    return new TimeoutError({ message, hint, requestId, mayHaveBeenSent: true });
  }
}

/** The call is held: `approval` is what to wait on. Nothing was sent to the upstream while `approval.status` is `pending`. */
export class ApprovalPendingError extends AlterError {
  readonly approval: PendingApproval;

  constructor(approval: PendingApproval) {
    super({
      code: 'approval_pending',
      status: 202,
      message: 'The call waits for an approval.',
      hint: 'await error.approval.wait() for the answer of the upstream, and show error.approval.approvalUrl to who decides.',
      requestId: approval.requestId,
      mayHaveBeenSent: approval.status !== 'pending',
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

const pathOf = (approvalId: string): string => `/v1/approvals/${encodeURIComponent(approvalId)}`;

async function ask(client: VaultClient, path: string): Promise<ApprovalState> {
  const deadline = new Deadline(ANSWER_MS, undefined);
  try {
    return await readState(await client.send({ method: 'GET', path, isRepeatable: true }, deadline));
  } finally {
    deadline.release();
  }
}

/** An answer that broke off is like none, and is asked for again. */
const readState = async (answer: Response): Promise<ApprovalState> =>
  parseState(await answer.json().catch(() => undefined));

/** How long the vault has been away, and how long to leave it alone. */
class Outage {
  #since: number | undefined;
  pauseMs = PAUSE_MS;

  /** Lets a failure pass that the next poll may not have, and throws every other. */
  bear(error: unknown): undefined {
    this.#since ??= performance.now();
    const isPassing =
      error instanceof VaultUnreachableError ||
      error instanceof TimeoutError ||
      (error instanceof AlterError && error.retryable);
    if (!isPassing || performance.now() - this.#since > OUTAGE_MS_MAX) throw error;
    this.pauseMs = Math.min(this.pauseMs * 2, PAUSE_MS_MAX);
  }

  end(): void {
    this.#since = undefined;
    this.pauseMs = PAUSE_MS;
  }
}
