/** Saved views of the audit log: what a member looks for in an app again and again, under a name. Each member has their own. */
import type { Actor } from '../access/people.ts';
import { newId } from '../ids.ts';
import { Refusal } from '../refusal.ts';
import {
  countAuditViews,
  deleteAuditView,
  insertAuditView,
  lockAuditView,
  selectAuditViews,
  updateAuditView,
  type AuditViewRow,
} from '../store/audit-views.ts';
import type { Queryable } from '../store/database.ts';
import { getApp, nameTaken } from './apps.ts';
import { changeEvent, type Change } from './events.ts';
import { afterOf, page } from './pages.ts';
import type { ApiParts } from './parts.ts';
import type { Routes } from './routes.ts';

/** What a menu can show. */
const VIEWS_MAX = 50;

export function registerAuditViews(routes: Routes, parts: ApiParts): void {
  routes.route('listAuditViews', async ({ actor, params, query }) => {
    const app = await getApp(parts, actor, params.app);
    const own = { appId: app.app_id, memberId: actor.memberId };
    const rows = await selectAuditViews(parts.db, own, afterOf(query.cursor), query.limit);
    return page(rows, query.limit, (row) => row.view_id, view);
  });

  routes.route('createAuditView', async ({ actor, params, body, requestId, ip }) => {
    const app = await getApp(parts, actor, params.app);
    const now = new Date(parts.clock.now());
    const row: AuditViewRow = {
      app_id: app.app_id,
      member_id: actor.memberId,
      view_id: newId(),
      name: body.name,
      filters: JSON.stringify(body.filters),
      created_at: now,
      updated_at: now,
    };
    try {
      await parts.boundaries.change(app.app_id, async (draft) => {
        const own = { appId: draft.appId, memberId: actor.memberId };
        if ((await countAuditViews(draft.tx, own)) >= VIEWS_MAX) throw tooMany();
        await insertAuditView(draft.tx, row);
        draft.audit(eventOf({ actor, requestId, clock: parts.clock, ip }, 'audit_view.created', row));
      });
    } catch (error) {
      throw nameTaken(error, 'saved view');
    }
    return view(row);
  });

  routes.route('changeAuditView', async ({ actor, params, body, requestId, ip }) => {
    const app = await getApp(parts, actor, params.app);
    try {
      const row = await parts.boundaries.change(app.app_id, async (draft) => {
        const before = await getOwn(draft.tx, draft.appId, actor, params.view_id);
        const after: AuditViewRow = {
          ...before,
          name: body.name ?? before.name,
          filters: body.filters === undefined ? before.filters : JSON.stringify(body.filters),
          updated_at: new Date(parts.clock.now()),
        };
        await updateAuditView(draft.tx, after);
        draft.audit(eventOf({ actor, requestId, clock: parts.clock, ip }, 'audit_view.updated', after));
        return after;
      });
      return view(row);
    } catch (error) {
      throw nameTaken(error, 'saved view');
    }
  });

  routes.route('deleteAuditView', async ({ actor, params, requestId, ip }) => {
    const app = await getApp(parts, actor, params.app);
    await parts.boundaries.change(app.app_id, async (draft) => {
      const row = await getOwn(draft.tx, draft.appId, actor, params.view_id);
      await deleteAuditView(draft.tx, row);
      draft.audit(eventOf({ actor, requestId, clock: parts.clock, ip }, 'audit_view.deleted', row));
    });
    return undefined;
  });
}

/** That of another member is as absent as one that never was (I9). */
async function getOwn(tx: Queryable, appId: string, actor: Actor, viewId: string): Promise<AuditViewRow> {
  const row = await lockAuditView(tx, { appId, memberId: actor.memberId }, viewId);
  if (row === undefined) throw new Refusal('not_found');
  return row;
}

const view = (row: AuditViewRow) => ({
  view_id: row.view_id,
  name: row.name,
  filters: filtersOf(row.filters),
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
});

function filtersOf(text: string): Record<string, string> {
  const value: unknown = JSON.parse(text);
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

const eventOf = (
  change: Change,
  kind: 'audit_view.created' | 'audit_view.updated' | 'audit_view.deleted',
  row: AuditViewRow,
) => changeEvent(change, kind, { context: { view_id: row.view_id, view: row.name } });

const tooMany = (): Refusal =>
  new Refusal('conflict', {
    message: `There are ${VIEWS_MAX} saved views already.`,
    hint: 'Delete one that is not needed any longer.',
  });
