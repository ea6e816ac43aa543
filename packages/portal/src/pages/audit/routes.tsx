/** The audit log of an app. What is looked for stands in the address, under the names of the API. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { appRoute } from '../../roots.tsx';
import { audit } from '../../texts/audit.ts';

const auditRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/audit',
  validateSearch: (search: Record<string, unknown>) => search,
  staticData: { title: audit.title, scope: 'audit:read' },
  component: lazyRouteComponent(() => import('./audit-page.tsx'), 'AuditPage'),
});

export const auditRoutes = { inApp: [auditRoute] } as const;
