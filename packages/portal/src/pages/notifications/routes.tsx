/** Notification channels of an app: their list, and one with its deliveries. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { appRoute } from '../../roots.tsx';
import { notifications } from '../../texts/notifications.ts';

const listRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/notifications',
  staticData: { title: notifications.title, scope: 'channels:read' },
  component: lazyRouteComponent(() => import('./list-page.tsx'), 'ListPage'),
});

const channelRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/notifications/$channel',
  staticData: { title: notifications.title, scope: 'channels:read' },
  component: lazyRouteComponent(() => import('./channel-page.tsx'), 'ChannelPage'),
});

export const notificationsRoutes = [listRoute, channelRoute] as const;
