/**
 * Carries out a held call that was approved: judges it anew on fresh rows, and sends it as any other call is sent, with the
 * answer kept instead of relayed. What is sent is what was approved: its digest is worked out again from what will be sent.
 */
import { authorize } from '../access/authorize.ts';
import { unauthenticated } from '../access/authenticate.ts';
import { hashesEqual } from '../access/keys.ts';
import { workingKeyOf } from '../access/lineage.ts';
import type { AppSnapshot } from '../access/snapshot.ts';
import type { CheckedCall, SentEnd } from '../approvals/execution.ts';
import type { Carrier } from '../approvals/executor.ts';
import { requestDigest, type HeldRequest } from '../approvals/held-request.ts';
import type { EgressCall, EgressHandler } from '../egress/egress.ts';
import { inject } from '../injection/inject.ts';
import { Refusal, toRefusal } from '../refusal.ts';
import type { ApprovalRow } from '../store/approvals.ts';
import { denial } from './call.ts';
import type { OpenCredential } from './credentials.ts';
import { canReadEncoding, type EchoMatcher, type EchoStream } from './echo.ts';
import { handedBackHeaders, valuesOf, withoutByteHeaders } from './headers.ts';
import { sentMessage } from './hold.ts';
import type { PathParts } from './parts.ts';
import { egressRequest, outgoingRequest, preparedBody } from './outgoing.ts';
import type { ProxyRequest } from './request.ts';
import { parseTarget } from './target.ts';

/** Nobody waits for the answer on a connection; a stream that never ends must not be kept open for that. */
const TOTAL_MS = 10 * 60_000;
/** Where the grant itself is over, that is what is said. */
const OVER = new Set(['not_found', 'grant_revoked', 'grant_expired']);

export function carrierOf(path: PathParts): Carrier {
  return {
    check: (snapshot, row, held) => check(path, snapshot, row, held),
    send: (call, row) => send(path, call, row),
    endAll: (refusal) => path.openCalls.endAll(refusal),
  };
}

function check(
  path: PathParts,
  snapshot: AppSnapshot | undefined,
  row: ApprovalRow,
  held: HeldRequest,
): CheckedCall {
  const now = path.clock.now();
  const key = snapshot && workingKeyOf(snapshot, row.key_id, now);
  if (snapshot === undefined || key === undefined) throw unauthenticated();
  const request = requestOf(row, held, held.calledUrl);
  const decision = authorize(
    snapshot,
    {
      key,
      grantId: row.grant_id,
      target: request.target,
      mode: 'proxy',
      now,
      ip: held.said.ip,
      method: held.method,
      body: held.body === null ? { kind: 'none' } : { kind: 'bytes', bytes: held.body },
    },
    path.hostsOf,
  );
  if (decision.verdict === 'deny' && OVER.has(decision.code)) throw denial(decision);
  const grant = snapshot.grant(row.grant_id);
  const secret = grant && snapshot.secret(grant.secret_id);
  if (grant === undefined || secret === undefined || !isSame(path, row, secret)) throw stale();
  if (decision.verdict === 'deny') throw denial(decision);
  const message = sentMessage(path, secret, requestOf(row, held, held.url), held.body);
  if (!hashesEqual(requestDigest(message), row.request_digest)) throw stale();
  return { held, key, grant, secret, holds: decision.holds };
}

/** A1: the credential and where it may go are what they were. */
function isSame(path: PathParts, row: ApprovalRow, secret: CheckedCall['secret']): boolean {
  return (
    secret.secret_id === row.secret_id &&
    secret.version === row.secret_version &&
    hashesEqual(path.approvals.bindingDigest(secret), row.binding)
  );
}

const stale = (): Refusal => new Refusal('approval_stale');

function requestOf(row: ApprovalRow, held: HeldRequest, url: string): ProxyRequest {
  return {
    mode: 'proxy',
    grantId: row.grant_id,
    method: held.method,
    target: parseTarget(url, { allowEmptySegments: true }),
    headers: held.headers,
    reason: held.said.reason,
    context: held.said.context,
    caller: held.said.caller,
    timeoutMs: held.timeoutMs ?? TOTAL_MS,
  };
}

async function send(path: PathParts, call: CheckedCall, row: ApprovalRow): Promise<SentEnd> {
  try {
    const stored = await path.credentials.openUnlessChanged(call.secret);
    if (stored === 'changed') throw stale();
    const { secret, key, held } = call;
    const credential = await path.roles.lend(stored, {
      secret,
      authority: parseTarget(held.url, { allowEmptySegments: true }).authority,
      grantId: row.grant_id,
      key,
      caller: held.said.caller,
      // I11: nor is anything of it tried twice.
      hasPrevious: false,
    });
    try {
      return await sendWith(path, call, row, credential);
    } finally {
      credential.release();
    }
  } catch (thrown) {
    // Thrown before anything was handed to egress.
    return { ...NOTHING, refusal: toRefusal(thrown), bytesIn: 0 };
  }
}

const NOTHING: Omit<SentEnd, 'refusal' | 'bytesIn'> = {
  mayHaveBeenSent: false,
  result: undefined,
  statusCode: null,
  bytesOut: 0,
  flags: [],
};

function sendWith(
  path: PathParts,
  { held, key, grant, secret }: CheckedCall,
  row: ApprovalRow,
  credential: OpenCredential,
): Promise<SentEnd> {
  const request = requestOf(row, held, held.url);
  const { body, bodySha256 } = preparedBody(held.body);
  const injected = inject(path.injectionOf(secret), credential.fields, outgoingRequest({ request, secret }), {
    now: path.clock.now(),
    slots: path.slots,
    defaultHeaders: secret.default_headers,
    bodySha256,
  });
  const outgoing = egressRequest(path, { request, secret, version: credential.version }, injected, body);
  const matcher = credential.echoesOf(secret);
  return new Promise((resolve) => {
    const collector = new Collector(matcher, path.settings.heldBodyBytesMax, (end) => {
      path.openCalls.delete(seat);
      matcher.destroy();
      if (end.flags.includes('secret_echoed')) path.echoWatch.note(key.key_id, path.clock.now());
      resolve({ ...end, bytesIn: body.bytes() });
    });
    const seat = path.openCalls.add({
      appId: row.app_id,
      keyId: key.key_id,
      grantId: grant.grant_id,
      startedAt: performance.now(),
      end: (refusal) => collector.end(refusal),
    });
    collector.attach(path.egress.send(outgoing, collector));
  });
}

/** The answer, redacted as the relay does it (I5, I8), and kept up to a bound. */
class Collector implements EgressHandler {
  readonly #matcher: EchoMatcher;
  readonly #bytesMax: number;
  readonly #onEnd: (end: Omit<SentEnd, 'bytesIn'>) => void;
  readonly #flags = new Set<string>();
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #call: EgressCall | undefined;
  #stream: EchoStream | undefined;
  #head: { readonly status: number; readonly headers: readonly string[] } | undefined;
  #isOver = false;

  constructor(matcher: EchoMatcher, bytesMax: number, onEnd: (end: Omit<SentEnd, 'bytesIn'>) => void) {
    this.#matcher = matcher;
    this.#bytesMax = bytesMax;
    this.#onEnd = onEnd;
  }

  attach(call: EgressCall): void {
    this.#call = call;
  }

  /** Ends a call that is under way, for a reason of ours. */
  end(refusal: Refusal): void {
    this.#call?.abort(refusal);
  }

  onHead(status: number, _statusText: string, rawHeaders: string[]): void {
    this.#head = { status, headers: this.#cleaned(rawHeaders) };
    if (canReadEncoding(valuesOf(rawHeaders, 'content-encoding').join(',') || undefined))
      this.#stream = this.#matcher.stream();
    else this.#flags.add('response_not_inspected');
  }

  onData(chunk: Buffer): boolean {
    if (this.#isOver) return true;
    this.#keep(this.#stream?.push(chunk) ?? chunk);
    if (this.#bytes > this.#bytesMax) this.#cut();
    return true;
  }

  onEnd(): void {
    if (this.#isOver) return;
    this.#keep(this.#stream?.end() ?? Buffer.alloc(0));
    if (this.#bytes > this.#bytesMax) this.#cut();
    else this.#done(false);
  }

  onError(refusal: Refusal): void {
    if (this.#isOver) return;
    this.#isOver = true;
    // Refused before a connection was made; everything else may have gone out.
    const mayHaveBeenSent = refusal.code !== 'egress_denied';
    this.#onEnd({
      refusal,
      mayHaveBeenSent,
      result: undefined,
      statusCode: this.#head?.status ?? null,
      bytesOut: this.#bytes,
      flags: this.#allFlags(),
    });
  }

  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#chunks.push(Buffer.from(bytes));
    this.#bytes += bytes.length;
  }

  /** What is more than is kept is not waited for, and what is kept says so. */
  #cut(): void {
    this.#done(true);
    this.#call?.abort();
  }

  #done(isTruncated: boolean): void {
    this.#isOver = true;
    if (isTruncated) this.#flags.add('truncated');
    const body = Buffer.concat(this.#chunks).subarray(0, this.#bytesMax);
    const isChanged = isTruncated || this.#stream?.echoed === true;
    const headers = this.#head?.headers ?? [];
    const flags = this.#allFlags();
    this.#onEnd({
      refusal: undefined,
      mayHaveBeenSent: true,
      result: {
        status: this.#head?.status ?? 0,
        headers: isChanged ? withoutByteHeaders(headers, false) : headers,
        body,
        isTruncated,
        flags,
      },
      statusCode: this.#head?.status ?? null,
      bytesOut: this.#bytes,
      flags,
    });
  }

  #allFlags(): string[] {
    if (this.#stream?.echoed === true) this.#flags.add('secret_echoed');
    return [...this.#flags];
  }

  #cleaned(rawHeaders: readonly string[]): string[] {
    return handedBackHeaders(rawHeaders, (name, value) => {
      // `[redacted]` is no header name.
      return this.#redact(name) === name ? this.#redact(value) : undefined;
    });
  }

  #redact(text: string): string {
    const redacted = this.#matcher.redactText(text);
    if (redacted.echoed) this.#flags.add('secret_echoed');
    return redacted.text;
  }
}
