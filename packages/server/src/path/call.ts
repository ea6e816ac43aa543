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
import type { Secret } from '../vault/secret.ts';
import { destroyFields } from './credentials.ts';
import { CallEntry } from './entry.ts';
import { answerHeld, holdCall, readBodyFacts, unreadBody } from './hold.ts';
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
  /** Sends the call, or releases the injection. `fields` are destroyed once this has returned. */
  carryOut(call: AllowedCall<R>): void | Promise<void>;
  /** Answers with the refusal. */
  refuse(refusal: Refusal): void;
  /** Whether nobody waits for the answer any more. */
  isCallerGone(): boolean;
  /** Whence a body is read that decides, and where it is answered that the call is held. */
  readonly exchange: Exchange;
}

export interface AllowedCall<R extends CallRequest> extends Allowed {
  readonly request: R;
  readonly caller: Caller;
  readonly fields: ReadonlyMap<string, Secret>;
  readonly entry: CallEntry;
}

/** Under constant changes of an app its calls are decided again and again; this many times, then the caller may retry. */
const DECISIONS_MAX = 8;

export async function performCall<R extends CallRequest>(path: PathParts, door: Door<R>): Promise<void> {
  const entry = new CallEntry(path, door.requestId, door.mode);
  try {
    const caller = await authenticate(path, door);
    const keyText = bearerText(door.authorization);
    entry.identify(caller.key, keyText, door.ip, caller.snapshot.fingerprints);
    const request = await door.parse(keyText);
    entry.describe(request);
    const decided = await decide(path, door, entry, caller, request);
    if (decided.verdict === 'hold') return answerHeld(path, door.exchange, decided.row);
    noteUse(path, caller, decided);
    const { allowed, fields } = await open(path, door, { entry, caller, request }, decided);
    try {
      await door.carryOut({ ...allowed, request, caller, fields, entry });
    } finally {
      destroyFields(fields);
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
  // I12: a limit that a decision on older rows did not know yet is counted when the call is decided again, the others once.
  const taken = new Set<string>();
  const monitored = new Set<string>();
  for (let attempt = 0; attempt < DECISIONS_MAX; attempt += 1) {
    const { epoch } = snapshot;
    const decision: Decision = authorize(snapshot, factsOf(path, door, { key, request, body }), path.hostsOf);
    entry.found(decision.grant, decision.secret);
    if (decision.verdict === 'allow' && decision.holds.length > 0) {
      const holding = { exchange: door.exchange, entry, snapshot, key, request, allowed: decision };
      const count = (): Promise<unknown> => take(path, key, request, { ...decision, taken });
      const row = await holdCall(path, holding, count);
      if (row !== 'stale') return { verdict: 'hold', row };
    } else if (decision.verdict === 'allow') {
      for (const id of await take(path, key, request, { ...decision, taken })) monitored.add(id);
      if ((await entry.allow(epoch, flagsOf(decision, [...monitored]))) === 'committed') return decision;
    } else if (decision.isBodyWanted === true && body.kind === 'unread') {
      body = await readBodyFacts(path, door.exchange);
      continue;
    }
    snapshot = await freshSnapshot(path, caller);
    key = stillValidKey(path, snapshot, key.key_id);
    if (decision.verdict === 'deny' && snapshot.epoch === epoch) throw denial(decision);
  }
  throw new Refusal('unavailable', { detail: 'the app changed faster than a call could be decided' });
}

function factsOf<R extends CallRequest>(
  path: PathParts,
  door: Door<R>,
  { key, request, body }: { readonly key: Caller['key']; readonly request: R; readonly body: BodyFacts },
): CallFacts {
  const { grantId, target, mode, method } = request;
  return { key, grantId, target, mode, now: path.clock.now(), ip: door.ip, method, body };
}

/**
 * The credential of a call that was authorised. A secret that was bound anew in that moment is decided on once more, as it
 * is now and under the same event: what a narrowing leaves allowed goes on, what it forbids is refused (I12).
 */
async function open<R extends CallRequest>(
  path: PathParts,
  door: Door<R>,
  { entry, caller, request }: { readonly entry: CallEntry; readonly caller: Caller; readonly request: R },
  decided: Allowed,
): Promise<{ allowed: Allowed; fields: Map<string, Secret> }> {
  const fields = await path.credentials.openUnlessChanged(decided.secret);
  if (fields !== 'changed') return { allowed: decided, fields };
  const snapshot = await freshSnapshot(path, caller);
  const key = stillValidKey(path, snapshot, caller.key.key_id);
  const body = knownBody(door.exchange);
  const decision = authorize(snapshot, factsOf(path, door, { key, request, body }), path.hostsOf);
  entry.found(decision.grant, decision.secret);
  if (decision.verdict === 'deny' && decision.isBodyWanted !== true) throw denial(decision);
  // It would have to be held or read now, which its event does not say.
  if (decision.verdict === 'deny' || decision.holds.length > 0)
    throw new Refusal('unavailable', { detail: 'the policies changed while the call was decided' });
  return { allowed: decision, fields: await path.credentials.open(decision.secret) };
}

function knownBody(exchange: Exchange): BodyFacts {
  const { body } = exchange;
  if (body === undefined) return unreadBody(exchange);
  return body === null ? { kind: 'none' } : { kind: 'bytes', bytes: body };
}

/** Limits come after everything else that may deny (WIRE §3). Answers with the monitored ones that are used up. */
function take(
  path: PathParts,
  key: Caller['key'],
  request: CallRequest,
  { limits, taken }: Allowed & { readonly taken: Set<string> },
): Promise<readonly string[]> {
  const now = path.clock.now();
  path.echoWatch.check(key.key_id, now);
  const { grantId, caller } = request;
  return path.limits.take({ appId: key.app_id, key, grantId, caller }, limits, now, taken);
}

function flagsOf({ flags }: Allowed, monitored: readonly string[]): readonly string[] {
  if (monitored.length === 0) return flags;
  return [...new Set([...flags, 'monitor_denied', ...monitored.map((policyId) => `monitor:${policyId}`)])];
}

async function freshSnapshot(path: PathParts, caller: Caller): Promise<AppSnapshot> {
  const snapshot = await path.boundaries.fresh(caller.key.app_id);
  if (snapshot === undefined) throw unauthenticated();
  return snapshot;
}

function stillValidKey(path: PathParts, snapshot: AppSnapshot, keyId: string): Caller['key'] {
  const key = snapshot.key(keyId);
  if (key === undefined || !path.authenticator.isStillValid(snapshot, keyId, path.clock.now()))
    throw unauthenticated();
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
