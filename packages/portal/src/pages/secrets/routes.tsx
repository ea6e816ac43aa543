/** Managed secrets of an app: the list, and one with its grants and its usage. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { appRoute } from '../../roots.tsx';
import { idIn, textIn, wordIn } from '../../shell/search.ts';
import { secrets } from '../../texts/secrets.ts';
import { USAGE_SPANS, type UsageSpan } from '../../ui/usage-spans.ts';
import { SHOWN, type Shown } from './secret.ts';

interface SecretsSearch {
  readonly show?: Shown | undefined;
  readonly q?: string | undefined;
}

interface SecretSearch {
  readonly span?: UsageSpan | undefined;
  /** Whether grants that are over are shown too. */
  readonly grants?: 'all' | undefined;
  /** The one that is looked at. */
  readonly grant?: string | undefined;
}

// Each is named, also where it is not given: what is left out here would stay as it came.
const secretsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/secrets',
  staticData: { title: secrets.title, scope: 'secrets:read' },
  validateSearch: (search): SecretsSearch => ({
    show: wordIn(search['show'], SHOWN),
    q: textIn(search['q']),
  }),
  component: lazyRouteComponent(() => import('./secrets-page.tsx'), 'SecretsPage'),
});

const secretRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/secrets/$secret',
  staticData: { title: secrets.title, scope: 'secrets:read' },
  validateSearch: (search): SecretSearch => ({
    span: wordIn(search['span'], USAGE_SPANS),
    grants: wordIn(search['grants'], ['all']),
    grant: idIn(search['grant']),
  }),
  component: lazyRouteComponent(() => import('./secret-page.tsx'), 'SecretPage'),
});

export const secretsRoutes = [secretsRoute, secretRoute] as const;
