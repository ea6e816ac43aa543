/**
 * The overlap of a rotation: an upstream that does not know the new version of a credential yet answers 401, and the call
 * is tried once with the version before; so is a role that STS does not let the new key assume yet, before anything is sent.
 * Stands between egress and the relay, only while an overlap is open.
 * Must never send what was streamed, nor send again once anything was relayed, nor a third time.
 */
import { Readable } from 'node:stream';
import type { Clock } from '../access/clock.ts';
import { KeyRefused } from '../aws/sts.ts';
import type { EgressCall, EgressHandler, EgressRequest } from '../egress/egress.ts';
import { Refusal, toRefusal } from '../refusal.ts';
import { GATHER_BYTES_MAX, type CallerBody } from './body.ts';
import type { AllowedCall } from './call.ts';
import { isOverlapOpen, type OpenCredential } from './credentials.ts';
import { secretFields, type EchoMatcher } from './echo.ts';
import { whyOver } from './open-calls.ts';
import type { CallRequest, PathParts } from './parts.ts';
import type { RoleCall } from './roles.ts';

/** On the outcome of a call that was tried again. */
export const OVERLAP_FLAGS: readonly string[] = ['upstream_401_current', 'previous_version_used'];
/** On the outcome of a call whose role was assumed with the version before. */
export const ROLE_OVERLAP_FLAGS: readonly string[] = ['role_refused_current', 'previous_version_used'];

const UNAUTHORIZED = 401;

/** What of a call is tried again. */
export interface Overlapped {
  readonly call: AllowedCall<CallRequest>;
  readonly request: EgressRequest;
  readonly matcher: EchoMatcher;
  /** The request with this credential injected. */
  readonly build: (credential: OpenCredential) => EgressRequest;
}

type Lending = Pick<AllowedCall<CallRequest>, 'secret' | 'grant' | 'caller' | 'request'>;

/**
 * What a call goes out with: the stored credential, or the temporary one of its role, which in an overlap the version before may
 * have to ask for. Request mode releases the current version only. Takes `stored` over. @throws Refusal
 */
export function lend(
  path: PathParts,
  stored: OpenCredential,
  call: Lending,
): OpenCredential | Promise<OpenCredential> {
  const hasPrevious = call.request.mode === 'proxy' && isOverlapOpen(call.secret, path.clock);
  const lent = path.roles.lend(stored, roleCallOf(call, hasPrevious));
  return hasPrevious && lent instanceof Promise ? orPrevious(path, lent, call) : lent;
}

async function orPrevious(
  path: PathParts,
  lent: Promise<OpenCredential>,
  call: Lending,
): Promise<OpenCredential> {
  try {
    return await lent;
  } catch (thrown) {
    if (!(thrown instanceof KeyRefused)) throw thrown;
    const previous = await lendPrevious(path, call).catch((error: unknown) => {
      const { secret_id } = call.secret;
      path.log.warn({ secret_id, err: error }, 'a role was not assumed with the version before');
      return undefined;
    });
    // What is wrong with the current version is what an operator can correct.
    if (previous === undefined) throw thrown;
    return previous;
  }
}

function roleCallOf({ secret, caller, request }: Lending, hasPrevious: boolean): RoleCall {
  const { authority } = request.target;
  return {
    secret,
    authority,
    grantId: request.grantId,
    key: caller.key,
    caller: request.caller,
    hasPrevious,
  };
}

/**
 * The version before, or what its role gives. Undefined: there is none to try. I12: whoever revoked or narrowed meanwhile is asked
 * once more, and the database decides whether the overlap is open.
 */
async function lendPrevious(path: PathParts, call: Lending): Promise<OpenCredential | undefined> {
  const { secret, grant, caller } = call;
  const snapshot = await path.boundaries.fresh(secret.app_id);
  const open = { keyId: caller.key.key_id, grantId: grant.grant_id };
  if (whyOver(snapshot, open, path.clock.now()) !== undefined) return undefined;
  if (snapshot?.secret(secret.secret_id)?.epoch !== secret.epoch) return undefined;
  const previous = await path.credentials.openPrevious(secret);
  return previous && path.roles.lend(previous, roleCallOf(call, false));
}

/** Whether a 401 to this call would be answered by trying the version before; a body must be there to be sent again. */
export function isInOverlap(
  { secret, credential }: AllowedCall<CallRequest>,
  body: CallerBody,
  clock: Clock,
): boolean {
  // Of a temporary credential it was STS that took the key or not; a 401 says nothing of that.
  if (credential.endsAt !== undefined || credential.version !== secret.version) return false;
  return isOverlapOpen(secret, clock) && !(body.body instanceof Readable);
}

/** Sends like `egress.send`, with the second try behind a 401. */
export function sendInOverlap(path: PathParts, of: Overlapped, relay: EgressHandler): OverlapCall {
  const startedAt = performance.now();
  const call = new OverlapCall(relay, {
    send: (request, handler) => path.egress.send(request, handler),
    again: () => requestWithPrevious(path, of, startedAt),
    onFault: (error) =>
      path.log.warn(
        { request_id: of.call.entry.requestId, err: error },
        'a call was not tried with the version before',
      ),
  });
  call.start(of.request);
  return call;
}

/** Undefined: there is no second try. */
async function requestWithPrevious(
  path: PathParts,
  { call, matcher, build }: Overlapped,
  startedAt: number,
): Promise<EgressRequest | undefined> {
  const previous = await lendPrevious(path, call);
  if (previous === undefined) return undefined;
  try {
    // The answer to the second try may hold what the first one sent.
    matcher.alsoCover(secretFields(call.secret.public_fields, previous.fields));
    const request = build(previous);
    const timeoutMs = (request.totalTimeoutMs ?? Infinity) - (performance.now() - startedAt);
    if (timeoutMs < 1) return undefined;
    return request.totalTimeoutMs === undefined ? request : { ...request, totalTimeoutMs: timeoutMs };
  } finally {
    previous.release();
  }
}

interface Sending {
  readonly send: (request: EgressRequest, handler: EgressHandler) => EgressCall;
  readonly again: () => Promise<EgressRequest | undefined>;
  readonly onFault: (error: unknown) => void;
}

/** The 401 while it is not known yet whether it goes to the caller. */
interface Held {
  readonly statusText: string;
  readonly headers: string[];
  readonly chunks: Buffer[];
  bytes: number;
  isPaused: boolean;
  /** Tells the relay how the answer ended, once it has. */
  end: (() => void) | undefined;
}

/** Hears the first answer; the second goes to the relay directly. To the relay it is the call, whichever is under way. */
export class OverlapCall implements EgressHandler, EgressCall {
  readonly #relay: EgressHandler;
  readonly #sending: Sending;
  #call: EgressCall | undefined;
  #held: Held | undefined;
  /** Whether the first answer, or what is left of it, is for nobody. */
  #isDropped = false;
  #isTriedAgain = false;

  constructor(relay: EgressHandler, sending: Sending) {
    this.#relay = relay;
    this.#sending = sending;
  }

  /** For the audit event. */
  get flags(): readonly string[] {
    return this.#isTriedAgain ? OVERLAP_FLAGS : [];
  }

  start(request: EgressRequest): void {
    this.#call = this.#sending.send(request, this);
  }

  resume(): void {
    if (this.#held === undefined) this.#call?.resume();
  }

  abort(reason?: Refusal): void {
    if (this.#held === undefined) return this.#call?.abort(reason);
    this.#drop();
    const refusal = reason ?? new Refusal('upstream_unreachable', { detail: 'aborted by the vault' });
    this.#relay.onError(refusal, { mayHaveBeenSent: true });
  }

  onHead(status: number, statusText: string, rawHeaders: string[]): void {
    if (status !== UNAUTHORIZED) return this.#relay.onHead(status, statusText, rawHeaders);
    const held: Held = {
      statusText,
      headers: rawHeaders,
      chunks: [],
      bytes: 0,
      isPaused: false,
      end: undefined,
    };
    this.#held = held;
    void this.#decide(held);
  }

  onData(chunk: Buffer): boolean {
    if (this.#isDropped) return true;
    const held = this.#held;
    if (held === undefined) return this.#relay.onData(chunk);
    held.chunks.push(chunk);
    held.bytes += chunk.length;
    held.isPaused = held.bytes > GATHER_BYTES_MAX;
    return !held.isPaused;
  }

  onEnd(rawTrailers: string[]): void {
    this.#ended(() => this.#relay.onEnd(rawTrailers));
  }

  onError(refusal: Refusal, info: { readonly mayHaveBeenSent: boolean }): void {
    this.#ended(() => this.#relay.onError(refusal, info));
  }

  #ended(tell: () => void): void {
    if (this.#isDropped) return;
    if (this.#held === undefined) tell();
    else this.#held.end = tell;
  }

  async #decide(held: Held): Promise<void> {
    const second = await this.#sending.again().catch((error: unknown) => {
      this.#sending.onFault(error);
      return undefined;
    });
    // The caller went away, or the call was ended, meanwhile.
    if (this.#isDropped) return;
    if (second === undefined) return this.#handOn(held);
    this.#drop();
    this.#isTriedAgain = true;
    this.#call = this.#sending.send(second, this.#relay);
  }

  #drop(): void {
    this.#isDropped = true;
    const isUnderWay = this.#held !== undefined && this.#held.end === undefined;
    this.#held = undefined;
    if (isUnderWay) this.#call?.abort();
  }

  /** The 401 goes to the caller as if it had never been held. */
  #handOn(held: Held): void {
    this.#held = undefined;
    try {
      this.#relay.onHead(UNAUTHORIZED, held.statusText, held.headers);
      let isTaken = true;
      for (const chunk of held.chunks) isTaken = this.#relay.onData(chunk);
      if (held.end !== undefined) held.end();
      else if (held.isPaused && isTaken) this.#call?.resume();
    } catch (thrown) {
      this.#isDropped = true;
      this.#call?.abort();
      this.#relay.onError(toRefusal(thrown), { mayHaveBeenSent: true });
    }
  }
}
