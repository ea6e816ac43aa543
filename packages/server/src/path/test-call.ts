/**
 * The harmless test call of a template, made with the stored credential: the data path's steps in the data path's
 * order, asked for by a member instead of an API key. Its answer is judged and thrown away.
 */
import type { TemplateVerify } from '@alter-vault/catalog';
import { EMPTY_EVENT, type AuditEvent } from '../audit/event.ts';
import { inject } from '../injection/inject.ts';
import { Refusal, toRefusal } from '../refusal.ts';
import type { SecretRow } from '../store/deciding.ts';
import { sha256 } from '../vault/hash.ts';
import type { PathParts } from './parts.ts';
import { parseTarget, type Target } from './target.ts';

export interface TestCallBy {
  readonly memberId: string;
  readonly ip: string;
  readonly requestId: string;
}

export interface TestResult {
  readonly ok: boolean;
  readonly status_code: number | null;
  /** The error code, where there was no answer. */
  readonly code: string | null;
}

/** Enough for any vendor's answer to "who am I". */
const ANSWER_BYTES_MAX = 1024 * 1024;
const TIMEOUT_MS = 15_000;

export async function testCall(
  path: PathParts,
  appId: string,
  secretId: string,
  by: TestCallBy,
): Promise<TestResult> {
  const { secret, epoch } = await getSecret(path, appId, secretId);
  const call = secret.verify;
  if (call === null) {
    throw new Refusal('invalid_request', {
      message: 'This secret has no test call: its template brings none.',
      hint: 'Make a call of your own with its grant.',
    });
  }
  const target = parseTarget(call.url, { field: 'verify.url' });
  if (!path.hostsOf(secret).matches(target)) throw new Refusal('host_not_allowed');
  const about = eventsOf(path, secret, { call, target, by });
  if (
    (await path.audit.authorize(about('call.authorized', { decision: 'allow', epoch }), epoch)) === 'stale'
  ) {
    throw new Refusal('unavailable', { detail: 'the app changed during the test call' });
  }
  const complete = (code: string | null, statusCode: number | null): Promise<void> =>
    path.audit.record(about('call.completed', { statusCode, code }));
  try {
    const result = await send(path, secret, call, target);
    await complete(result.code, result.status_code);
    return result;
  } catch (thrown) {
    // A refusal after authorisation stands in the outcome.
    await complete(toRefusal(thrown).code, null);
    throw thrown;
  }
}

async function getSecret(
  path: PathParts,
  appId: string,
  secretId: string,
): Promise<{ secret: SecretRow; epoch: bigint }> {
  const snapshot = await path.boundaries.fresh(appId);
  const secret = snapshot?.secret(secretId);
  if (snapshot === undefined || secret === undefined || secret.deleted_at !== null)
    throw new Refusal('not_found');
  return { secret, epoch: snapshot.epoch };
}

async function send(
  path: PathParts,
  secret: SecretRow,
  call: TemplateVerify,
  target: Target,
): Promise<TestResult> {
  const credential = await path.roles.lend(await path.credentials.open(secret), {
    secret,
    authority: target.authority,
    grantId: null,
    key: null,
    caller: 'verify',
    hasPrevious: false,
  });
  try {
    const compiled = path.injectionOf(secret);
    const body = call.body === undefined ? null : Buffer.from(call.body);
    const injected = inject(
      compiled.aws === null || call.sign_as === undefined ? compiled : { ...compiled, aws: call.sign_as },
      credential.fields,
      {
        method: call.method,
        scheme: target.scheme,
        authority: target.authority,
        path: target.path,
        query: target.query,
        headers: ['Accept-Encoding', 'identity', ...Object.entries(call.headers ?? {}).flat()],
      },
      {
        now: path.clock.now(),
        slots: path.slots,
        defaultHeaders: secret.default_headers,
        bodySha256: body === null ? undefined : sha256(body).toString('hex'),
      },
    );
    const answer = await path.egress.fetchSmall({
      poolKey: `${secret.app_id}/${secret.secret_id}/${secret.version}`,
      target,
      method: call.method,
      path: injected.query === '' ? injected.path : `${injected.path}?${injected.query}`,
      headers: [...injected.headers],
      body,
      contentLength: body?.length,
      connectTimeoutMs: path.settings.deadlines.connectMs,
      firstByteTimeoutMs: TIMEOUT_MS,
      idleTimeoutMs: TIMEOUT_MS,
      totalTimeoutMs: TIMEOUT_MS,
      maxResponseBytes: ANSWER_BYTES_MAX,
    });
    const ok = call.expect_status.includes(answer.status) && meets(call.expect_json, answer.body);
    return { ok, status_code: answer.status, code: null };
  } catch (thrown) {
    const refusal = toRefusal(thrown);
    if (refusal.status < 502 && refusal.code !== 'egress_denied') throw refusal;
    return { ok: false, status_code: null, code: refusal.code };
  } finally {
    credential.release();
  }
}

/** Vendors that answer 200 to a wrong key say so in the body. */
function meets(expected: TemplateVerify['expect_json'], body: Buffer): boolean {
  if (expected === undefined) return true;
  const found = atPointer(parseJson(body), expected.pointer);
  return 'equals' in expected ? found === expected.equals : found !== undefined && found !== null;
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** RFC 6901. */
function atPointer(value: unknown, pointer: string): unknown {
  let at = value;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = Object.entries(at).find(([name]) => name === key)?.[1];
  }
  return at;
}

function eventsOf(
  path: PathParts,
  secret: SecretRow,
  { call, target, by }: { readonly call: TemplateVerify; readonly target: Target; readonly by: TestCallBy },
) {
  return (kind: 'call.authorized' | 'call.completed', rest: Partial<AuditEvent>): AuditEvent => ({
    ...EMPTY_EVENT,
    ...rest,
    appId: secret.app_id,
    requestId: by.requestId,
    ordinal: kind === 'call.authorized' ? 0 : 1,
    kind,
    at: new Date(path.clock.now()),
    actor: { ...EMPTY_EVENT.actor, memberId: by.memberId, ip: by.ip },
    secretId: secret.secret_id,
    provider: secret.template ?? secret.name,
    mode: 'proxy',
    method: call.method,
    url: target.url,
    reason: 'test call of the template',
  });
}
