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
import { authorize, type Allowed, type Decision } from '../access/authorize.ts';
import type { AppSnapshot } from '../access/snapshot.ts';
import { Refusal, toRefusal } from '../refusal.ts';
import type { Secret } from '../vault/secret.ts';
import { destroyFields } from './credentials.ts';
import { CallEntry } from './entry.ts';
import type { CallRequest, PathParts } from './parts.ts';

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
    const allowed = await decide(path, entry, caller, request);
    noteUse(path, caller, allowed);
    const fields = await path.credentials.open(allowed.secret);
    try {
      await door.carryOut({ ...allowed, request, caller, fields, entry });
    } finally {
      destroyFields(fields);
    }
  } catch (thrown) {
    door.refuse(await close(path, entry, toRefusal(thrown), door.isCallerGone()));
  }
}

function authenticate<R extends CallRequest>(path: PathParts, door: Door<R>): Promise<Caller> {
  const presented = { authorization: door.authorization, ip: door.ip, now: path.clock.now() };
  return path.authenticator.authenticate(presented, (turned) => path.turnedAway.note(turned, door));
}

/**
 * Decides on what is in memory. A denial is decided again on fresh rows before it is final, an approval by the
 * committing statement, which compares the epoch (I12).
 */
async function decide(
  path: PathParts,
  entry: CallEntry,
  caller: Caller,
  request: CallRequest,
): Promise<Allowed> {
  let { snapshot, key } = caller;
  let isCounted = false;
  for (let attempt = 0; attempt < DECISIONS_MAX; attempt += 1) {
    const { epoch } = snapshot;
    const facts = {
      key,
      grantId: request.grantId,
      target: request.target,
      mode: request.mode,
      now: path.clock.now(),
    };
    const decision: Decision = authorize(snapshot, facts, path.hostsOf);
    entry.found(decision.grant, decision.secret);
    if (decision.verdict === 'allow') {
      if (!isCounted) await countOnce(path, key, request);
      isCounted = true;
      if ((await entry.allow(epoch)) === 'committed') return decision;
    }
    snapshot = await freshSnapshot(path, caller);
    key = stillValidKey(path, snapshot, key.key_id);
    if (decision.verdict === 'deny' && snapshot.epoch === epoch) throw denial(decision);
  }
  throw new Refusal('unavailable', { detail: 'the app changed faster than a call could be decided' });
}

/** Limits come after everything else that may deny, and count a call once (WIRE §3). */
async function countOnce(path: PathParts, key: Caller['key'], request: CallRequest): Promise<void> {
  const now = path.clock.now();
  path.echoWatch.check(key.key_id, now);
  const { grantId, caller } = request;
  await path.limits.take({ appId: key.app_id, key, grantId, caller }, [], now);
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

function denial(decision: Extract<Decision, { verdict: 'deny' }>): Refusal {
  return new Refusal(decision.code, {
    ...(decision.message === undefined ? {} : { message: decision.message }),
    ...(decision.hint === undefined ? {} : { hint: decision.hint }),
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
