/** The audit log for operators: search, one event, following it live, export, checkpoint, proofs, erasure of details. */
import { Readable } from 'node:stream';
import { schemas } from '@alter-vault/contract';
import { exportCsv, exportNdjson } from '../audit/export.ts';
import { countedHistogram, isCounted, lookedHistogram, oldestEventAt, spanOf } from '../audit/histogram.ts';
import { findEvent, searchEvents, type AuditFilters, type AuditItem } from '../audit/search.ts';
import { Refusal } from '../refusal.ts';
import { selectAppIds } from '../store/apps.ts';
import { getAuditedApp } from './apps.ts';
import { changeEvent } from './events.ts';
import type { ApiParts } from './parts.ts';
import type { Routes } from './routes.ts';

/** The filters of WIRE §7 as the query string brings them; `context.<key>` is found beside the schema. */
interface FilterQuery {
  readonly [name: string]: string | number | undefined;
}

const CONTEXT = /^context\.(.{1,256})$/s;

export function registerAudit(routes: Routes, parts: ApiParts): void {
  routes.route('searchAudit', async ({ actor, params, query, request }) => {
    const app = await getAuditedApp(parts, actor, params.app);
    const { limit, cursor, ...filters } = query;
    const found = await searchEvents(parts.db, app.app_id, toFilters(filters, contextOf(request.url)), {
      limit,
      cursor,
    });
    return {
      items: found.items.map(view),
      next_cursor: found.nextCursor,
    };
  });

  routes.route('getAuditEvent', async ({ actor, params }) => {
    const app = await getAuditedApp(parts, actor, params.app);
    const found = await findEvent(parts.db, app.app_id, params.event_id);
    if (found === undefined) throw new Refusal('not_found');
    const { item, canonical, salts, related } = found;
    return {
      event: view(item),
      app_id: app.app_id,
      canonical: canonical.toString('base64'),
      salts,
      related: related.map(view),
    };
  });

  routes.route('getAuditHistogram', async ({ actor, params, query, request }) => {
    const app = await getAuditedApp(parts, actor, params.app);
    const { buckets, ...rest } = query;
    const filters = toFilters(rest, contextOf(request.url));
    const span = spanOf(filters, await oldestEventAt(parts.db, app.app_id), parts.clock.now(), buckets);
    const isFromCounts = isCounted(filters, span);
    if (isFromCounts) await parts.usage.catchUp();
    const read = isFromCounts ? countedHistogram : lookedHistogram;
    const found = await read(parts.reports, app.app_id, filters, span);
    return {
      from: span.from.toISOString(),
      to: span.to.toISOString(),
      bucket_seconds: span.bucketSeconds,
      counted_from: found.countedFrom?.toISOString() ?? null,
      buckets: found.buckets.map(({ start, allowed, held, denied, failed, changes }) => ({
        start: start.toISOString(),
        allowed,
        held,
        denied,
        failed,
        changes,
      })),
    };
  });

  routes.route('streamAudit', async ({ actor, params, query, request, reply }) => {
    const app = await getAuditedApp(parts, actor, params.app);
    const filters = toFilters(query, contextOf(request.url));
    parts.streams.open({ actor, request, reply }, 'audit:read', ({ lastEventId, send }) => {
      return parts.auditTail.follow({
        appId: app.app_id,
        filters,
        from: firstAfter(lastEventId),
        // What has an id is where the browser goes on from when it comes back, also when nothing came since.
        onReady: (next) => send({ event: 'ready', id: String(next - 1), data: {} }),
        onEvents: (items) => {
          for (const item of items)
            send({
              event: 'audit',
              id: String(item.leaf_index),
              data: schemas.auditEvent.parse(view(item)),
            });
        },
        onGap: (next) => send({ event: 'gap', id: String(next - 1), data: {} }),
      });
    });
    return undefined;
  });

  routes.route('exportAudit', async ({ actor, params, query, request, reply }) => {
    const app = await getAuditedApp(parts, actor, params.app);
    const { format, ...rest } = query;
    const filters = toFilters(rest, contextOf(request.url));
    const lines =
      format === 'csv'
        ? exportCsv(parts.db, app.app_id, filters)
        : exportNdjson(parts.db, parts.auditLog, app.app_id, filters);
    reply.header(
      'Content-Type',
      format === 'csv' ? 'text/csv; charset=utf-8; header=present' : 'application/x-ndjson',
    );
    reply.header('Content-Disposition', `attachment; filename="audit-${app.name}.${format}"`);
    return reply.send(Readable.from(lines));
  });

  routes.route('eraseAuditDetail', async ({ actor, params, body, requestId, ip }) => {
    const app = await getAuditedApp(parts, actor, params.app);
    // Written down first: nothing is erased without an event that says so.
    await parts.boundaries.change(app.app_id, async (draft) =>
      draft.audit(
        changeEvent({ actor, requestId, clock: parts.clock, ip }, 'audit.detail_erased', {
          context: { request_id: body.request_id },
        }),
      ),
    );
    const erased = await parts.erase(app.app_id, { requestId: body.request_id });
    return { erased };
  });

  routes.route('getCheckpoint', async ({ reply }) =>
    reply.type('text/plain; charset=utf-8').send(await parts.auditLog.checkpoint()),
  );

  routes.route('getPublicKey', async ({ reply }) =>
    reply.type('text/plain; charset=utf-8').send(`${parts.auditLog.publicKey}\n`),
  );

  routes.route('getProof', async ({ actor, query }) => {
    if (query.event_id !== undefined) {
      const proof = await parts.auditLog.inclusionProof(
        query.event_id,
        await selectAppIds(parts.db, actor.orgId),
      );
      return {
        kind: 'inclusion' as const,
        leaf_index: proof.leafIndex,
        leaf_hash: proof.leafHash.toString('hex'),
        tree_size: proof.size,
        hashes: proof.path.map((hash) => hash.toString('hex')),
        checkpoint: proof.checkpoint,
      };
    }
    if (query.from_size === undefined) {
      throw new Refusal('invalid_request', {
        issues: [{ path: 'event_id', message: 'give event_id, or from_size and to_size' }],
      });
    }
    const to = query.to_size ?? (await parts.auditLog.head()).size;
    const proof = await parts.auditLog.consistencyProof(query.from_size, to);
    return {
      kind: 'consistency' as const,
      from_size: proof.fromSize,
      tree_size: proof.toSize,
      hashes: proof.path.map((hash) => hash.toString('hex')),
      checkpoint: await parts.auditLog.checkpoint(),
    };
  });
}

const view = (item: AuditItem) => ({
  ...item,
  context: item.context === null ? null : { ...item.context },
  flags: [...item.flags],
  epoch: item.epoch === null ? null : Number(item.epoch),
});

/** The leaf after the one that was heard last; what is no number of a leaf begins at the end. */
const firstAfter = (lastEventId: string | undefined): number | undefined =>
  lastEventId !== undefined && /^(?:-1|\d{1,15})$/.test(lastEventId) ? Number(lastEventId) + 1 : undefined;

function contextOf(url: string): ReadonlyMap<string, string> | undefined {
  const found = new Map<string, string>();
  for (const [name, value] of new URL(url, 'http://vault').searchParams) {
    const key = CONTEXT.exec(name)?.[1];
    if (key !== undefined) found.set(key, value);
  }
  return found.size === 0 ? undefined : found;
}

function toFilters(query: FilterQuery, context: ReadonlyMap<string, string> | undefined): AuditFilters {
  const text = (name: string): string | undefined => {
    const value = query[name];
    return value === undefined ? undefined : String(value);
  };
  const time = (name: string): Date | undefined => {
    const value = text(name);
    return value === undefined ? undefined : new Date(value);
  };
  const status = query['status_code'];
  return {
    from: time('from'),
    to: time('to'),
    kind: text('kind'),
    grantId: text('grant_id'),
    secretId: text('secret_id'),
    agentId: text('agent_id'),
    keyId: text('key_id'),
    caller: text('caller'),
    method: text('method'),
    host: text('host'),
    urlPrefix: text('url_prefix'),
    decision: text('decision'),
    code: text('code'),
    statusCode: typeof status === 'number' ? status : undefined,
    mode: text('mode'),
    approvalId: text('approval_id'),
    flag: text('flag'),
    q: text('q'),
    context,
  };
}
