/** What is shown of a held call: to the requester its state, to approvers exactly what will be sent, less the credential. */
import { domainToUnicode } from 'node:url';
import { ERRORS, type ErrorCode } from '@alter-vault/contract';
import type { CompiledInjection } from '../injection/rules.ts';
import type { ApprovalRow, DecisionRow } from '../store/approvals.ts';
import { sha256 } from '../vault/hash.ts';
import type { HeldRequest } from './held-request.ts';
import { approvedBy, type Approver } from './terms.ts';

const iso = (date: Date | null): string | null => date?.toISOString() ?? null;

/** For the requesting key and the approvers. */
export function stateView(row: ApprovalRow, url: string, now: number) {
  const code = row.error_code;
  return {
    approval_id: row.approval_id,
    status: row.status,
    request_id: row.request_id,
    request_digest: row.request_digest.toString('hex'),
    grant_id: row.grant_id,
    method: row.method,
    host: row.host,
    approval_url: url,
    created_at: row.created_at.toISOString(),
    expires_at: row.expires_at.toISOString(),
    decided_at: iso(row.decided_at),
    decision_reason: row.decision_reason,
    executed_at: iso(row.executed_at),
    has_result: row.status === 'executed' && (row.shred_at?.getTime() ?? 0) > now,
    result_truncated: row.is_truncated === true,
    ...(code === null ? {} : { error: failureView(row, code) }),
  };
}

export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERRORS, code);

function failureView(row: ApprovalRow, code: string) {
  const { message, hint } = isErrorCode(code) ? ERRORS[code] : ERRORS.internal;
  return {
    code,
    message,
    hint,
    ...(row.error_policy_id === null ? {} : { policy_id: row.error_policy_id }),
    may_have_been_sent: row.may_have_been_sent !== false,
  };
}

/** For the control plane. `people` are those who decided, with their roles now. */
export function detailView(
  row: ApprovalRow,
  more: {
    readonly url: string;
    readonly now: number;
    readonly secretName: string;
    readonly decisions: readonly DecisionRow[];
    readonly people: readonly Approver[];
  },
) {
  const saidYes = new Set(
    more.decisions.filter((one) => one.decision === 'approve').map((one) => one.member_id),
  );
  const yes = more.people.filter((one) => saidYes.has(one.memberId));
  return {
    ...stateView(row, more.url, more.now),
    app_id: row.app_id,
    key_id: row.key_id,
    secret_id: row.secret_id,
    secret_name: more.secretName,
    terms: row.terms.map((term) => ({
      policy_id: term.policy_id,
      name: term.name,
      approvers: [...term.approvers],
      quorum: term.quorum,
      approved_by: approvedBy(term, yes),
    })),
    decisions: more.decisions.map((one) => ({
      member_id: one.member_id,
      decision: one.decision,
      reason: one.reason,
      decided_at: one.decided_at.toISOString(),
    })),
  };
}

/** A4: data for whoever draws it, never markup; what may look different from what it is is named. */
export function requestView(held: HeldRequest, injection: CompiledInjection, roleArn: string | null) {
  const body = held.body ?? Buffer.alloc(0);
  const host = new URL(held.url).hostname;
  const unicode = domainToUnicode(host);
  const pairs: [string, string][] = [];
  for (let i = 0; i < held.headers.length; i += 2)
    pairs.push([held.headers[i] ?? '', held.headers[i + 1] ?? '']);
  return {
    request: {
      method: held.method,
      url: held.url,
      host,
      ...(unicode === host || unicode === '' ? {} : { host_unicode: unicode }),
      headers: pairs,
      injected: injectedSlots(injection),
      role_arn: roleArn,
      body: held.body === null ? null : bodyView(body),
      body_bytes: body.length,
      body_sha256: sha256(body).toString('hex'),
    },
    said: {
      reason: held.said.reason,
      caller: held.said.caller,
      context: held.said.context,
      ip: held.said.ip,
    },
    warnings: warningsOf(held, host),
  };
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function utf8Of(body: Buffer): string | undefined {
  try {
    return UTF8.decode(body);
  } catch {
    return undefined;
  }
}

/** All of it: what is not shown can't be approved. */
function bodyView(body: Buffer) {
  const text = utf8Of(body);
  if (text === undefined || text.includes('\0'))
    return { encoding: 'base64' as const, base64: body.toString('base64') };
  return { encoding: 'text' as const, text };
}

function injectedSlots(injection: CompiledInjection) {
  return [
    ...injection.headers.map(({ name }) => ({ in: 'header' as const, name })),
    ...injection.query.map(({ name }) => ({ in: 'query' as const, name })),
    ...(injection.path === null ? [] : [{ in: 'path' as const, name: injection.path.mode }]),
    ...(injection.aws === null ? [] : [{ in: 'signature' as const, name: 'AWS Signature Version 4' }]),
  ];
}

// oxlint-disable-next-line no-control-regex -- the control characters are the point
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/;
const DIRECTION = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
const INVISIBLE =
  /\u034f|\u17b4|\u17b5|[\u00ad\u115f\u1160\u180e\u200b\u200c\u2060-\u2064\u206a-\u206f\u3164\ufeff\uffa0]|\u200d|[\u{e0000}-\u{e007f}]/u;
const NOT_ASCII = /[^\0-\x7f]/;

type Where = 'url' | 'host' | 'headers' | 'body' | 'reason' | 'caller' | 'context';
type What = 'control_characters' | 'direction_characters' | 'invisible_characters' | 'not_ascii' | 'punycode';

function warningsOf(held: HeldRequest, host: string): { where: Where; what: What }[] {
  const texts: [Where, string][] = [
    ['url', held.url],
    ['headers', utf8Of(Buffer.from(held.headers.join('\n'), 'latin1')) ?? held.headers.join('\n')],
    ['body', held.body === null ? '' : (utf8Of(held.body) ?? held.body.toString('latin1'))],
    ['reason', held.said.reason ?? ''],
    ['caller', held.said.caller ?? ''],
    ['context', held.said.context === null ? '' : textsOf(held.said.context)],
  ];
  const isPunycode = host.split('.').some((label) => label.startsWith('xn--'));
  return [
    ...(isPunycode ? [{ where: 'host' as const, what: 'punycode' as const }] : []),
    ...texts.flatMap(([where, text]) => judge(text).map((what) => ({ where, what }))),
  ];
}

function judge(text: string): What[] {
  const found: What[] = [];
  if (CONTROL.test(text)) found.push('control_characters');
  if (DIRECTION.test(text)) found.push('direction_characters');
  if (INVISIBLE.test(text)) found.push('invisible_characters');
  if (NOT_ASCII.test(text)) found.push('not_ascii');
  return found;
}

/** Names and texts of a JSON value, unescaped. */
function textsOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return '';
  return Object.entries(value)
    .map(([name, one]) => `${name}\n${textsOf(one)}`)
    .join('\n');
}
