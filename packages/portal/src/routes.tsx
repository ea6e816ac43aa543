/** The index of the product: every page, where it is and what it needs. Each is loaded when it is first opened. */
import { createRouter } from '@tanstack/react-router';
import { accountRoutes } from './pages/account/routes.tsx';
import { agentsRoutes } from './pages/agents/routes.tsx';
import { approvalsRoutes } from './pages/approvals/routes.tsx';
import { appsRoutes } from './pages/apps/routes.tsx';
import { auditRoutes } from './pages/audit/routes.tsx';
import { enterRoutes } from './pages/enter/routes.tsx';
import { keysRoutes } from './pages/keys/routes.tsx';
import { membersRoutes } from './pages/members/routes.tsx';
import { notificationsRoutes } from './pages/notifications/routes.tsx';
import { overviewRoutes } from './pages/overview/routes.tsx';
import { policiesRoutes } from './pages/policies/routes.tsx';
import { secretsRoutes } from './pages/secrets/routes.tsx';
import { storeRoutes } from './pages/store/routes.tsx';
import { settingsRoutes } from './pages/settings/routes.tsx';
import { appRoute, enterRoute, insideRoute, rootRoute } from './roots.tsx';
import { NotFound } from './shell/failures.tsx';

const routeTree = rootRoute.addChildren([
  enterRoute.addChildren([...enterRoutes]),
  insideRoute.addChildren([
    ...appsRoutes.inside,
    ...approvalsRoutes.inside,
    ...accountRoutes,
    ...membersRoutes,
    ...settingsRoutes.inside,
    appRoute.addChildren([
      ...appsRoutes.inApp,
      ...overviewRoutes.inApp,
      ...approvalsRoutes.inApp,
      ...policiesRoutes,
      ...secretsRoutes,
      ...keysRoutes,
      ...agentsRoutes,
      ...auditRoutes.inApp,
      ...notificationsRoutes,
      ...storeRoutes,
      ...settingsRoutes.inApp,
    ]),
  ]),
]);

export const router = createRouter({
  routeTree,
  defaultPreload: 'intent',
  defaultNotFoundComponent: NotFound,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
