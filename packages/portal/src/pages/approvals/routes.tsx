/** Held calls: the inbox with its history, and one call with its decision. The address of one is what notices link to. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { appRoute, insideRoute } from '../../roots.tsx';
import { approvals } from '../../texts/approvals.ts';

interface InboxSearch {
  /** As the address says it: judged where it is used. */
  readonly status?: string;
}

const inboxRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/approvals',
  staticData: { title: approvals.title, scope: 'approvals:read' },
  validateSearch: ({ status }): InboxSearch => (typeof status === 'string' ? { status } : {}),
  component: lazyRouteComponent(() => import('./inbox-page.tsx'), 'InboxPage'),
});

interface ApprovalSearch {
  /** What somebody is about to decide; opening it decides nothing. */
  readonly decide?: string;
}

const approvalRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/approvals/$approvalId',
  staticData: { title: approvals.title },
  validateSearch: ({ decide }): ApprovalSearch => (typeof decide === 'string' ? { decide } : {}),
  component: lazyRouteComponent(() => import('./approval-page.tsx'), 'ApprovalPage'),
});

export const approvalsRoutes = { inside: [approvalRoute], inApp: [inboxRoute] } as const;
