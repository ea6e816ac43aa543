/** Held calls: the inbox, and one call with its decision. The address of one is what notices link to. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { appRoute, insideRoute } from '../../roots.tsx';
import { approvals } from '../../texts/approvals.ts';

const inboxRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/approvals',
  staticData: { title: approvals.title, scope: 'approvals:read' },
  component: lazyRouteComponent(() => import('./inbox-page.tsx'), 'InboxPage'),
});

const approvalRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: '/approvals/$approvalId',
  staticData: { title: approvals.title },
  component: lazyRouteComponent(() => import('./approval-page.tsx'), 'ApprovalPage'),
});

export const approvalsRoutes = { inside: [approvalRoute], inApp: [inboxRoute] } as const;
