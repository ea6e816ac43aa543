/** How many held calls of an app wait, for the navigation and the tab of the browser. */
import { useApi } from '../api/queries.ts';
import { useCan } from '../api/session.ts';

const EVERY_MS = 20_000;
export const PENDING_SHOWN_MAX = 99;

/** One more than are shown stands for more. */
export function usePending(app: string | undefined): number {
  const can = useCan();
  const { data } = useApi(
    'listAppApprovals',
    { params: { app: app ?? '' }, query: { status: 'pending', limit: PENDING_SHOWN_MAX + 1 } },
    { everyMs: EVERY_MS, enabled: app !== undefined && can('approvals:read') },
  );
  return data?.items.length ?? 0;
}

export const pendingText = (pending: number): string =>
  pending > PENDING_SHOWN_MAX ? `${PENDING_SHOWN_MAX}+` : String(pending);
