/** Held calls of an app as they come, are decided and end: a hint to whoever looks at them to read anew. */
import { selectOwnApprovals } from '../store/approval-facts.ts';
import type { ApiParts } from './parts.ts';
import { getApp } from './apps.ts';
import type { Routes } from './routes.ts';

/** Changes within it are told together. */
const GATHER_MS = 150;

export function registerApprovalStream(routes: Routes, parts: ApiParts): void {
  routes.route('streamApprovals', async ({ actor, params, request, reply }) => {
    const app = await getApp(parts, actor, params.app);
    parts.streams.open({ actor, request, reply }, 'approvals:read', ({ send }) => {
      let gathered = new Set<string>();
      let timer: NodeJS.Timeout | undefined;
      const tell = async (): Promise<void> => {
        timer = undefined;
        const ids = [...gathered];
        gathered = new Set();
        // I10: that something of another app changed is nobody's business here.
        for (const id of await selectOwnApprovals(parts.db, app.app_id, ids))
          send({ event: 'changed', data: { approval_id: id } });
      };
      const failed = (error: unknown): void =>
        parts.log.warn(
          { err: error },
          'a change of held calls could not be told; pages read again by themselves',
        );
      send({ event: 'ready', data: {} });
      const unwatch = parts.waiters.watch((id) => {
        gathered.add(id);
        timer ??= setTimeout(() => void tell().catch(failed), GATHER_MS).unref();
      });
      return () => {
        clearTimeout(timer);
        unwatch();
      };
    });
    return undefined;
  });
}
