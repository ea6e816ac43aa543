/**
 * The audit entry of one call: opened before the first check, closed once. A call leaves `call.authorized` or
 * `call.denied`, durable before anything leaves (I4), and then `call.completed`.
 */
import type { CallMode } from '@alter-vault/contract';
import type { Clock } from '../access/clock.ts';
import { redactObject } from '../audit/context.ts';
import { encodeSubject, subjectOfGrant, type AuditEvent, type AuditKind } from '../audit/event.ts';
import { redactText, redactUrl } from '../audit/redact.ts';
import { CallTrail } from '../audit/unconcluded.ts';
import type { AuditWriter, AuthorizeResult } from '../audit/writer.ts';
import type { Refusal } from '../refusal.ts';
import type { FingerprintIndex } from '../vault/fingerprint.ts';
import type { GrantRow, KeyRow, SecretRow } from '../store/deciding.ts';
import type { CallRequest } from './parts.ts';

export interface Outcome {
  readonly code: string | null;
  readonly statusCode: number | null;
  /** Bytes of the caller's body, and of the answer. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly flags: readonly string[];
}

/** What the caller told, as it may be written down. */
type Told = Pick<AuditEvent, 'url' | 'reason' | 'context'> & { readonly caller: string | null };

/** What one event says beyond what all events of its call say. */
type Said = Partial<
  Pick<
    AuditEvent,
    'decision' | 'code' | 'policyId' | 'statusCode' | 'latencyMs' | 'bytesIn' | 'bytesOut' | 'flags' | 'epoch'
  >
>;
const NO_FLAGS: readonly string[] = [];

/** Which event of its request each kind is. */
const ORDINALS = { 'call.authorized': 0, 'call.denied': 0, 'call.held': 0, 'call.completed': 1 } as const;
type CallKind = AuditKind & keyof typeof ORDINALS;

export class CallEntry {
  readonly requestId: string;
  readonly #audit: AuditWriter;
  readonly #clock: Clock;
  readonly #trail = new CallTrail();
  readonly #startedAt = performance.now();
  #key: KeyRow | undefined;
  #request: CallRequest | undefined;
  #keyText = '';
  #fingerprints: FingerprintIndex | undefined;
  #told: Told = { url: null, reason: null, caller: null, context: null };
  #ip = '';
  #grant: GrantRow | undefined;
  #secret: SecretRow | undefined;
  #mode: CallMode;
  #isAuthorized = false;
  #isClosed = false;
  #isHeld = false;
  #flags = NO_FLAGS;

  constructor(parts: { audit: AuditWriter; clock: Clock }, requestId: string, mode: CallMode) {
    this.requestId = requestId;
    this.#audit = parts.audit;
    this.#clock = parts.clock;
    this.#mode = mode;
  }

  get isAuthorized(): boolean {
    return this.#isAuthorized;
  }

  /** `fingerprints`: of the app's stored values, which callers must not get into the log either. */
  identify(key: KeyRow, keyText: string, ip: string, fingerprints: FingerprintIndex): void {
    this.#key = key;
    this.#keyText = keyText;
    this.#ip = ip;
    this.#fingerprints = fingerprints;
  }

  describe(request: CallRequest): void {
    this.#request = request;
    const clean = (text: string): string => this.#clean(redactText(text, [this.#keyText]));
    this.#told = {
      url: this.#clean(redactUrl(request.target.url, [this.#keyText])),
      reason: request.reason === null ? null : clean(request.reason),
      caller: request.caller === null ? null : clean(request.caller),
      context: request.context === null ? null : redactObject(request.context, clean),
    };
  }

  found(grant: GrantRow | undefined, secret: SecretRow | undefined): void {
    this.#grant = grant;
    this.#secret = secret;
    // R8: what is written down is what is sent, and AWS gets the path as the caller wrote it.
    const target = this.#request?.target;
    if (target === undefined || secret?.credential_type !== 'aws_sigv4' || target.rawPath === target.path)
      return;
    const url = target.origin + target.rawPath + (target.hasQuery ? `?${target.query}` : '');
    this.#told = { ...this.#told, url: this.#clean(redactUrl(url, [this.#keyText])) };
  }

  /** Writes `call.authorized`; the call may go on only when this says `committed`, and is then `allowed`. */
  allow(epoch: bigint, flags: readonly string[]): Promise<AuthorizeResult> {
    const event = this.#event('call.authorized', { decision: 'allow', epoch, flags });
    this.#trail.subject =
      this.#grant === undefined ? encodeSubject(event) : subjectOfGrant(this.#grant, event);
    return this.#audit.authorize(event, epoch, this.#trail);
  }

  /** `call.authorized` is committed: from here on the call has an outcome. */
  allowed(): void {
    this.#isAuthorized = true;
  }

  /** `call.held`, for whoever writes it in the transaction that holds the call. */
  heldEvent(epoch: bigint, flags: readonly string[]): AuditEvent {
    return this.#event('call.held', { decision: 'hold', epoch, flags });
  }

  /** `call.held` is committed: nothing more is written from here. */
  held(): void {
    this.#isClosed = true;
    this.#isHeld = true;
  }

  /** Writes `call.denied`, where the caller is known. @throws Refusal `audit_unavailable` */
  async deny(refusal: Refusal): Promise<void> {
    this.#isClosed = true;
    if (this.#key === undefined || this.#isHeld) return;
    const said = { decision: 'deny', code: refusal.code, policyId: refusal.policyId ?? null } as const;
    await this.#audit.record(this.#event('call.denied', { ...said, latencyMs: this.#latencyMs() }));
  }

  /** On the outcome, whatever it is. */
  note(flags: readonly string[]): void {
    this.#flags = flags;
  }

  /** Writes `call.completed` behind the answer, at most once. */
  complete(outcome: Outcome): void {
    if (this.#isClosed || !this.#isAuthorized) return;
    this.#isClosed = true;
    const flags = this.#flags.length === 0 ? outcome.flags : [...this.#flags, ...outcome.flags];
    const event = this.#event('call.completed', { ...outcome, flags, latencyMs: this.#latencyMs() });
    this.#audit.conclude(event, this.#trail);
  }

  #latencyMs(): number {
    return Math.round((performance.now() - this.#startedAt) * 100) / 100;
  }

  #clean(text: string): string {
    return this.#fingerprints?.redact(text) ?? text;
  }

  #event(kind: CallKind, said: Said): AuditEvent {
    const request = this.#request;
    return {
      appId: this.#key?.app_id ?? '',
      requestId: this.requestId,
      ordinal: ORDINALS[kind],
      kind,
      at: new Date(this.#clock.now()),
      actor: {
        keyId: this.#key?.key_id ?? null,
        keyPrefix: this.#key?.prefix ?? null,
        agentId: this.#key?.agent_id ?? null,
        memberId: null,
        caller: this.#told.caller,
        ip: this.#ip,
      },
      grantId: this.#grant?.grant_id ?? request?.grantId ?? null,
      secretId: this.#secret?.secret_id ?? null,
      provider: this.#secret?.template ?? this.#secret?.name ?? null,
      mode: this.#mode,
      method: request?.method ?? null,
      url: this.#told.url,
      reason: this.#told.reason,
      context: this.#told.context,
      decision: said.decision ?? null,
      code: said.code ?? null,
      policyId: said.policyId ?? null,
      statusCode: said.statusCode ?? null,
      latencyMs: said.latencyMs ?? null,
      bytesIn: said.bytesIn ?? null,
      bytesOut: said.bytesOut ?? null,
      flags: said.flags ?? NO_FLAGS,
      approvalId: null,
      epoch: said.epoch ?? null,
    };
  }
}
