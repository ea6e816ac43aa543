/** Agents of an app: the list, and one with what it may do and did. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { appRoute } from '../../roots.tsx';
import { wordIn } from '../../shell/search.ts';
import { agents } from '../../texts/agents.ts';
import { USAGE_SPANS, type UsageSpan } from '../../ui/usage-spans.ts';

interface AgentSearch {
  readonly span?: UsageSpan | undefined;
}

const agentsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/agents',
  staticData: { title: agents.title, scope: 'agents:read' },
  component: lazyRouteComponent(() => import('./agents-page.tsx'), 'AgentsPage'),
});

const agentRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/agents/$agent',
  staticData: { title: agents.title, scope: 'agents:read' },
  // Named also where it is not given: what is left out here would stay as it came.
  validateSearch: (search): AgentSearch => ({ span: wordIn(search['span'], USAGE_SPANS) }),
  component: lazyRouteComponent(() => import('./agent-page.tsx'), 'AgentPage'),
});

export const agentsRoutes = [agentsRoute, agentRoute] as const;
