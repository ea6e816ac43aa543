/**
 * Held calls: for the requesting key their state, result and cancelling; for approvers what will be sent, and the decision.
 * To everybody else they do not exist (I9).
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller as KeyHolder } from '../access/authenticate.ts';
import { isExpired } from '../access/authorize.ts';
import { isOfLineage } from '../access/lineage.ts';
import { lineageOf } from '../access/keys.ts';
import type { Actor } from '../access/people.ts';
import type { HeldResult } from '../approvals/held-request.ts';
import { FINAL } from '../approvals/rows.ts';
import { isNamed } from '../approvals/terms.ts';
import { isErrorCode, requestView, stateView } from '../approvals/views.ts';
import { EMPTY_EVENT } from '../audit/event.ts';
import { Refusal } from '../refusal.ts';
import { findAppOfApproval, selectApprovals, type ApprovalRow } from '../store/approvals.ts';
import { ApprovalDetails } from './approval-details.ts';
import { getApp } from './apps.ts';
import { afterOf, page } from './pages.ts';
import type { ApiParts } from './parts.ts';
import { memberOf, type Routes } from './routes.ts';

/** Who asks: the holder of an API key, or a member. */
interface Asking {
  readonly holder: KeyHolder | undefined;
  readonly actor: Actor | undefined;
}

const absent = (): Refusal => new Refusal('not_found', { message: 'There is no such held call.' });

export function registerApprovals(routes: Routes, parts: ApiParts): void {
  const { approvals, waiters } = parts;
  const details = new ApprovalDetails(parts);
  const view = (row: ApprovalRow) => stateView(row, parts.approvalUrl(row.approval_id), parts.clock.now());

  routes.route('listApprovals', async ({ holder, query }) => {
    const rows = await selectApprovals(parts.db, holder.key.app_id, {
      keyIds: [...holder.snapshot.all('api_keys')]
        .filter((key) => lineageOf(key) === lineageOf(holder.key))
        .map((key) => key.key_id),
      status: query.status,
      before: query.cursor === undefined ? undefined : afterOf(query.cursor),
      limit: query.limit + 1,
    });
    return page(rows.map(asOverdue), query.limit, (row) => row.approval_id, view);
  });

  routes.route('getApproval', async ({ holder, actor, params, query, request, reply }) => {
    const until = performance.now() + query.wait_ms;
    const abort = new AbortController();
    reply.raw.once('close', () => abort.abort());
    let asking: Asking = { holder, actor };
    for (;;) {
      const row = await getVisible(parts, asking, params.approval_id);
      const left = until - performance.now();
      if (FINAL.has(row.status) || left <= 0 || abort.signal.aborted || waiters.isDraining) return view(row);
      await waiters.wait(row.approval_id, left, abort.signal);
      asking = await stillAsking(parts, asking, request);
    }
  });

  routes.route('getApprovalResult', async ({ holder, actor, params, requestId, reply }) => {
    const row = await getVisible(parts, { holder, actor }, params.approval_id);
    const isKept = row.status === 'executed' && (row.shred_at?.getTime() ?? 0) > parts.clock.now();
    const result = isKept ? await approvals.result(row) : undefined;
    if (result === undefined) throw withoutResult(row);
    writeResult(reply, result, requestId);
    return undefined;
  });

  routes.route('cancelApproval', async ({ holder, params, ip }) => {
    const row = await getVisible(parts, { holder, actor: undefined }, params.approval_id);
    const { key } = holder;
    const actor = {
      ...EMPTY_EVENT.actor,
      keyId: key.key_id,
      keyPrefix: key.prefix,
      agentId: key.agent_id,
      ip,
    };
    return view(await approvals.cancel(row, { actor }));
  });

  routes.route('listAppApprovals', async ({ actor, params, query }) => {
    const app = await getApp(parts, actor, params.app);
    const rows = await selectApprovals(parts.db, app.app_id, {
      keyIds: undefined,
      status: query.status,
      before: query.cursor === undefined ? undefined : afterOf(query.cursor),
      limit: query.limit + 1,
    });
    const shown = page(
      rows.map(asOverdue),
      query.limit,
      (row) => row.approval_id,
      (row) => row,
    );
    const items = await details.page(actor, app.app_id, shown.items);
    return { items, next_cursor: shown.next_cursor };
  });

  routes.route('getHeldRequest', async ({ actor, params }) => {
    const row = await getForApprover(parts, actor, params.approval_id);
    const held = await approvals.heldRequest(row);
    const secret = (await parts.boundaries.find(row.app_id))?.secret(row.secret_id);
    if (held === undefined || secret === undefined) throw absent();
    const shown = requestView(held, parts.injectionOf(secret), secret.role_arn);
    return { approval: await details.one(actor, row), ...shown };
  });

  routes.route('decideApproval', async ({ actor, params, body, requestId, ip }) => {
    const row = await getForApprover(parts, actor, params.approval_id);
    if (actor.via === 'token' && !actor.scopes.includes('approvals:decide'))
      throw new Refusal('insufficient_scope', { message: 'This needs the scope approvals:decide.' });
    const decided = await approvals.decide(
      row,
      { actor, requestId, ip },
      { decision: body.decision, reason: body.reason ?? null, requestDigest: body.request_digest },
    );
    return details.one(actor, decided);
  });
}

/** What nobody has marked as expired yet is shown as what it is. */
function asOverdue(row: ApprovalRow & { readonly is_overdue: boolean }): ApprovalRow {
  return row.is_overdue ? { ...row, status: 'expired' } : row;
}

/** The approval, for the requesting key and the approvers. @throws Refusal `not_found` */
async function getVisible(
  parts: ApiParts,
  { holder, actor }: Asking,
  approvalId: string,
): Promise<ApprovalRow> {
  if (holder !== undefined) {
    const row = await parts.approvals.find(holder.key.app_id, approvalId);
    if (row === undefined || !isOfLineage(holder.snapshot, holder.key, row.key_id)) throw absent();
    return row;
  }
  if (actor === undefined) throw absent();
  const row = await findInOrganization(parts, actor, approvalId);
  if (row === undefined || !mayRead(actor) || !isApprover(row, actor)) throw absent();
  return row;
}

/** Every role may; a token may have been made for less. */
const mayRead = ({ scopes }: Actor): boolean =>
  scopes.includes('approvals:read') || scopes.includes('approvals:decide');

/** For what only approvers may see or do; a member who may see that it is there is told what is missing. */
async function getForApprover(parts: ApiParts, actor: Actor, approvalId: string): Promise<ApprovalRow> {
  const row = await findInOrganization(parts, actor, approvalId);
  if (row === undefined || !mayRead(actor)) throw absent();
  if (isApprover(row, actor)) return row;
  throw new Refusal('insufficient_scope', {
    message: 'You are not among the approvers of this call.',
    hint: 'Its policies name who may decide.',
  });
}

async function findInOrganization(
  parts: ApiParts,
  actor: Actor,
  approvalId: string,
): Promise<ApprovalRow | undefined> {
  const appId = await findAppOfApproval(parts.db, actor.orgId, approvalId);
  return appId === undefined ? undefined : parts.approvals.find(appId, approvalId);
}

const isApprover = (row: ApprovalRow, actor: Actor): boolean =>
  row.terms.some((term) => isNamed(term, { memberId: actor.memberId, role: actor.role }));

/** After waiting: a key that was revoked meanwhile, and a member who left, learn nothing more. */
async function stillAsking(parts: ApiParts, asking: Asking, request: FastifyRequest): Promise<Asking> {
  const { holder } = asking;
  if (holder === undefined) return { holder, actor: await memberOf(parts, request) };
  const snapshot = await parts.boundaries.fresh(holder.key.app_id);
  const key = snapshot?.key(holder.key.key_id);
  if (snapshot === undefined || key === undefined || key.revoked_at !== null)
    throw new Refusal('unauthenticated');
  if (isExpired(key, parts.clock.now())) throw new Refusal('unauthenticated');
  return { holder: { key, snapshot }, actor: undefined };
}

/** Why there is no result: not yet, never, or not any more. */
function withoutResult(row: ApprovalRow): Refusal {
  switch (row.status) {
    case 'denied':
      return new Refusal('approval_denied');
    case 'expired':
      return new Refusal('approval_expired');
    case 'cancelled':
      return new Refusal('approval_cancelled');
    case 'executed':
      return new Refusal('not_found', { message: 'The result was shredded.' });
    case 'failed': {
      const code = row.error_code ?? 'internal';
      return new Refusal(isErrorCode(code) ? code : 'internal');
    }
    default:
      return new Refusal('conflict', { message: `The call is ${row.status}: there is no result yet.` });
  }
}

/** P7: what an upstream answered is a file to be saved, and never a page of this origin. */
const RESULT_HEADERS = [
  'Content-Disposition',
  'attachment; filename="result"',
  'X-Content-Type-Options',
  'nosniff',
  'Content-Security-Policy',
  "sandbox; default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy',
  'same-origin',
  'Referrer-Policy',
  'no-referrer',
  'Cache-Control',
  'no-store',
];
const REPLACED = new Set([
  'alter-request-id',
  'content-length',
  ...RESULT_HEADERS.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase()),
]);

function writeResult(reply: FastifyReply, result: HeldResult, requestId: string): void {
  const kept = result.headers.filter(
    (_, i) => !REPLACED.has(result.headers[i - (i % 2)]?.toLowerCase() ?? ''),
  );
  const isWithoutBody = result.status === 204 || result.status === 304;
  reply.hijack();
  reply.raw.sendDate = false;
  reply.raw.writeHead(result.status, [
    ...kept,
    ...RESULT_HEADERS,
    ...(isWithoutBody ? [] : ['Content-Length', String(result.body.length)]),
    ...(result.isTruncated ? ['Alter-Result-Truncated', 'true'] : []),
    'Alter-Request-Id',
    requestId,
  ]);
  if (isWithoutBody) reply.raw.end();
  else reply.raw.end(result.body);
}
