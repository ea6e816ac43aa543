/**
 * THE DATA PATH: every call, whichever door it came through, takes these steps in this order (DESIGN §4).
 *
 *     authenticate → parse → find grant → authorize → audit.allow (durable) → open → carry out
 *
 * One function, one exit: the entry is opened before the first check, and a refusal anywhere is written down before it
 * is answered. Nothing is opened before it is authorised (I3), nothing leaves before its event is committed (I4).
 */
import type { CallMode } from '@alter-vault/contract';
import { unauthenticated, type Caller } from '../access/authenticate.ts';
import { authorize, type Allowed, type CallFacts, type Decision } from '../access/authorize.ts';
import type { BodyFacts } from '../access/policies/types.ts';
import type { AppSnapshot } from '../access/snapshot.ts';
import { Refusal, toRefusal } from '../refusal.ts';
import type { ApprovalRow } from '../store/approvals.ts';
import type { SecretRow } from '../store/deciding.ts';
import { factsOfBody, isReadForMonitoring, judgedBody, type BodyOwner } from './body-facts.ts';
import type { OpenCredential } from './credentials.ts';
import { CallEntry } from './entry.ts';
import { answerHeld, holdCall, unreadBody } from './hold.ts';
import { lend, ROLE_OVERLAP_FLAGS } from './overlap.ts';
import type { CallRequest, PathParts } from './parts.ts';
import type { Exchange } from './proxy.ts';

/** What a door knows and does: the rest is the same for all. */
export interface Door<R extends CallRequest> {
  readonly mode: CallMode;
  readonly requestId: string;
  readonly authorization: string | undefined;
  readonly ip: string;
  /** Syntax. `keyText` is the caller's own key, which must go no further. @throws Refusal */
  parse(keyText: string): R | Promise<R>;
  /** Sends the call, or releases the injection. Its credential is released once this has returned. */
  carryOut(call: AllowedCall<R>): void | Promise<void>;
  /** Answers with the refusal. */
  refuse(refusal: Refusal): void;
  /** Whether nobody waits for the answer any more. */
  isCallerGone(): boolean;
  /** Whence a body is read that decides, and where it is answered that the call is held. */
  readonly exchange: Exchange;
}

export interface AllowedCall<R extends CallRequest> extends Pick<Allowed, 'grant' | 'secret'> {
  readonly request: R;
  readonly caller: Caller;
  readonly credential: OpenCredential;
  readonly entry: CallEntry;
}

/** Under constant changes of an app its calls are decided again and again; this many times, then the caller may retry. */
const DECISIONS_MAX = 8;

export async function performCall<R extends CallRequest>(path: PathParts, door: Door<R>): Promise<void> {
  const entry = new CallEntry(path, door.requestId, door.mode);
  try {
    // Mostly there is nothing to wait for, and a call of many does not wait for it.
    const authenticated = authenticate(path, door);
    const caller = authenticated instanceof Promise ? await authenticated : authenticated;
    const keyText = bearerText(door.authorization);
    entry.identify(caller.key, keyText, door.ip, caller.snapshot.fingerprints);
    const parsed = door.parse(keyText);
    const request = parsed instanceof Promise ? await parsed : parsed;
    entry.describe(request);
    const decided = await decide(path, door, entry, caller, request);
    if (decided.verdict === 'hold') return answerHeld(path, door.exchange, decided.row);
    noteUse(path, caller, decided);
    const opening = path.credentials.openUnlessChanged(decided.secret);
    const opened = opening instanceof Promise ? await opening : opening;
    const { allowed, stored } =
      opened === 'changed'
        ? await decideAgain(path, door, { entry, caller, request, before: decided.secret })
        : { allowed: decided, stored: opened };
    const { grant, secret } = allowed;
    const lent = lend(path, stored, { grant, secret, request, caller });
    const credential = lent instanceof Promise ? await lent : lent;
    if (credential.version !== secret.version) entry.note(ROLE_OVERLAP_FLAGS);
    try {
      const carried = door.carryOut({ grant, secret, request, caller, credential, entry });
      if (carried instanceof Promise) await carried;
    } finally {
      credential.release();
    }
  } catch (thrown) {
    door.refuse(await close(path, entry, toRefusal(thrown), door.isCallerGone()));
  }
}

function authenticate<R extends CallRequest>(path: PathParts, door: Door<R>): Caller | Promise<Caller> {
  const presented = { authorization: door.authorization, ip: door.ip, now: path.clock.now() };
  return path.authenticator.authenticate(presented, (turned) => path.turnedAway.note(turned, door));
}

interface Held {
  readonly verdict: 'hold';
  readonly row: ApprovalRow;
}

/**
 * Decides on what is in memory. A denial is decided again on fresh rows before it is final, an approval by the
 * committing statement, which compares the epoch (I12). The body is read before the decision only where it decides.
 */
async function decide<R extends CallRequest>(
  path: PathParts,
  door: Door<R>,
  entry: CallEntry,
  caller: Caller,
  request: R,
): Promise<Allowed | Held> {
  let { snapshot, key } = caller;
  let body = unreadBody(door.exchange);
  const count = new CallCount(path, request);
  for (let attempt = 0; attempt < DECISIONS_MAX; attempt += 1) {
    const { epoch } = snapshot;
    const facts = factsOf(path, door, { key, request, body });
    const decision: Decision = authorize(snapshot, facts, path.hostsOf);
    entry.found(decision.grant, decision.secret);
    if (body.kind === 'unread' && isBodyToBeRead(path, door.exchange, decision)) {
      body = await judgedBody(path, door.exchange, { secret: decision.secret, headers: request.headers });
      continue;
    }
    if (decision.verdict === 'allow') path.echoWatch.check(key.key_id, facts.now);
    if (decision.verdict === 'allow' && decision.holds.length > 0) {
      const holding = { exchange: door.exchange, entry, snapshot, key, request, allowed: decision };
      const row = await holdCall(path, holding, () => count.take(key, decision.limits));
      if (row !== 'stale') return { verdict: 'hold', row };
    } else if (decision.verdict === 'allow') {
      if (count.isWanted(key, decision.limits)) await count.take(key, decision.limits);
      if ((await entry.allow(epoch, count.flagsOf(decision))) === 'committed') {
        entry.allowed();
        return decision;
      }
    }
    snapshot = await freshSnapshot(path, caller);
    key = stillValidKey(path, door, snapshot, key.key_id);
    if (decision.verdict === 'deny' && snapshot.epoch === epoch) throw denial(decision);
  }
  throw new Refusal('unavailable', { detail: 'the app changed faster than a call could be decided' });
}

/** Where the body decides, it must be read; for what is only monitored it is read if that changes nothing. */
function isBodyToBeRead(path: PathParts, exchange: Exchange, decision: Decision): boolean {
  if (decision.isBodyWanted !== true) return false;
  return decision.verdict === 'deny' || isReadForMonitoring(path, exchange);
}

function factsOf<R extends CallRequest>(
  path: PathParts,
  door: Door<R>,
  { key, request, body }: { readonly key: Caller['key']; readonly request: R; readonly body: BodyFacts },
): CallFacts {
  const { grantId, target, mode, method } = request;
  const isPresigned = request.presignSeconds !== undefined;
  return { key, grantId, target, mode, isPresigned, now: path.clock.now(), ip: door.ip, method, body };
}

interface DecidedBefore<R extends CallRequest> {
  readonly entry: CallEntry;
  readonly caller: Caller;
  readonly request: R;
  readonly before: SecretRow;
}

/**
 * A secret that was bound anew since the call was authorised is decided on once more, as it is now and under the same
 * event: what a narrowing leaves allowed goes on, what it forbids is refused (I12).
 */
async function decideAgain<R extends CallRequest>(
  path: PathParts,
  door: Door<R>,
  { entry, caller, request, before }: DecidedBefore<R>,
): Promise<{ allowed: Allowed; stored: OpenCredential }> {
  const snapshot = await freshSnapshot(path, caller);
  const key = stillValidKey(path, door, snapshot, caller.key.key_id);
  const body = knownBody(path, door.exchange, { secret: before, headers: request.headers });
  const decision = authorize(snapshot, factsOf(path, door, { key, request, body }), path.hostsOf);
  entry.found(decision.grant, decision.secret);
  if (decision.verdict === 'deny' && decision.isBodyWanted !== true) throw denial(decision);
  // It would have to be held or read now, which its event does not say.
  if (decision.verdict === 'deny' || decision.holds.length > 0)
    throw new Refusal('unavailable', { detail: 'the policies changed while the call was decided' });
  return { allowed: decision, stored: await path.credentials.open(decision.secret) };
}

function knownBody(path: PathParts, exchange: Exchange, owner: BodyOwner): BodyFacts {
  const { body } = exchange;
  return body === undefined ? unreadBody(exchange) : factsOfBody(path, body, owner);
}

/** Limits come after everything else that may deny (WIRE §3), and count a call once. */
class CallCount {
  readonly #path: PathParts;
  readonly #request: CallRequest;
  /** I12: a limit that a decision on older rows did not know yet is counted when the call is decided again. */
  #taken: Set<string> | undefined;
  /** The monitored policies that would have refused it. */
  #monitored: Set<string> | undefined;

  constructor(path: PathParts, request: CallRequest) {
    this.#path = path;
    this.#request = request;
  }

  /** Most calls have nothing to be counted on. */
  isWanted(key: Caller['key'], limits: Allowed['limits']): boolean {
    return limits.length > 0 || key.requests_per_minute !== null;
  }

  async take(key: Caller['key'], limits: Allowed['limits']): Promise<void> {
    const { grantId, caller } = this.#request;
    const call = { appId: key.app_id, key, grantId, caller };
    this.#taken ??= new Set();
    const used = await this.#path.limits.take(call, limits, this.#path.clock.now(), this.#taken);
    for (const policyId of used) (this.#monitored ??= new Set()).add(policyId);
  }

  flagsOf({ flags }: Allowed): readonly string[] {
    if (this.#monitored === undefined) return flags;
    const named = [...this.#monitored].map((policyId) => `monitor:${policyId}`);
    return [...new Set([...flags, 'monitor_denied', ...named])];
  }
}

async function freshSnapshot(path: PathParts, caller: Caller): Promise<AppSnapshot> {
  const snapshot = await path.boundaries.fresh(caller.key.app_id);
  if (snapshot === undefined) throw unauthenticated();
  return snapshot;
}

function stillValidKey<R extends CallRequest>(
  path: PathParts,
  { ip }: Door<R>,
  snapshot: AppSnapshot,
  keyId: string,
): Caller['key'] {
  const key = path.authenticator.findStillValid(snapshot, keyId, { ip, now: path.clock.now() });
  if (key === undefined) throw unauthenticated();
  return key;
}

/** The refusal that a denial is answered with. */
export function denial(decision: Extract<Decision, { verdict: 'deny' }>): Refusal {
  return new Refusal(decision.code, {
    ...(decision.message === undefined ? {} : { message: decision.message }),
    ...(decision.hint === undefined ? {} : { hint: decision.hint }),
    ...(decision.policyId === undefined ? {} : { policyId: decision.policyId }),
    ...(decision.passesAt === undefined ? {} : { passesAt: decision.passesAt }),
  });
}

function noteUse(path: PathParts, { key }: Caller, { grant, secret }: Allowed): void {
  const now = path.clock.now();
  path.lastUses.note(key.app_id, 'key', key.key_id, now);
  path.lastUses.note(key.app_id, 'grant', grant.grant_id, now);
  path.lastUses.note(key.app_id, 'secret', secret.secret_id, now);
  if (key.agent_id !== null) path.lastUses.note(key.app_id, 'agent', key.agent_id, now);
}

/** Writes the refusal down. What is answered is that it could not be written, when that is so (I4). */
async function close(
  path: PathParts,
  entry: CallEntry,
  refusal: Refusal,
  isCallerGone: boolean,
): Promise<Refusal> {
  if (refusal.code === 'internal' || refusal.detail !== undefined) {
    path.log.error({ request_id: entry.requestId, err: refusal, detail: refusal.detail }, 'a call failed');
  }
  if (entry.isAuthorized) {
    const end = isCallerGone ? { code: null, flags: ['client_aborted'] } : { code: refusal.code, flags: [] };
    entry.complete({ ...end, statusCode: null, bytesIn: 0, bytesOut: 0 });
    return refusal;
  }
  if (refusal.code === 'audit_unavailable' || refusal.code === 'overloaded') return refusal;
  try {
    await entry.deny(refusal);
    return refusal;
  } catch (thrown) {
    return toRefusal(thrown);
  }
}

function bearerText(authorization: string | undefined): string {
  return authorization?.slice(authorization.indexOf(' ') + 1).trim() ?? '';
}
