/** What is seen first of an app. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { appRoute } from '../../roots.tsx';
import { overview } from '../../texts/overview.ts';

interface OverviewSearch {
  /** As the address says it: judged where it is used. */
  readonly span?: string;
}

const overviewRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/overview',
  staticData: { title: overview.title, scope: 'apps:read' },
  validateSearch: ({ span }): OverviewSearch => (typeof span === 'string' ? { span } : {}),
  component: lazyRouteComponent(() => import('./overview-page.tsx'), 'OverviewPage'),
});

export const overviewRoutes = { inApp: [overviewRoute] } as const;
