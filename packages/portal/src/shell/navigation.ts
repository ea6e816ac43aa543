/** Where one can go, in the order of the sidebar, and what each place needs. */
import {
  Activity,
  Bell,
  Bot,
  Boxes,
  KeyRound,
  LayoutDashboard,
  LockKeyhole,
  ScrollText,
  Settings,
  Settings2,
  ShieldCheck,
  Users,
  type LucideIcon,
} from 'lucide-react';
import type { Scope } from '../api/session.ts';
import { shell } from '../texts/shell.ts';

export interface Place {
  readonly to:
    | '/apps/$app/overview'
    | '/apps/$app/secrets'
    | '/apps/$app/approvals'
    | '/apps/$app/policies'
    | '/apps/$app/keys'
    | '/apps/$app/agents'
    | '/apps/$app/audit'
    | '/apps/$app/notifications'
    | '/apps/$app/settings'
    | '/apps'
    | '/members'
    | '/settings';
  readonly label: string;
  readonly icon: LucideIcon;
  readonly scope: Scope;
  readonly counts?: 'approvals';
}

export const APP_PLACES: readonly Place[] = [
  { to: '/apps/$app/overview', label: shell.pages.overview, icon: LayoutDashboard, scope: 'apps:read' },
  { to: '/apps/$app/secrets', label: shell.pages.secrets, icon: LockKeyhole, scope: 'secrets:read' },
  {
    to: '/apps/$app/approvals',
    label: shell.pages.approvals,
    icon: Activity,
    scope: 'approvals:read',
    counts: 'approvals',
  },
  {
    to: '/apps/$app/policies',
    label: shell.pages.policies,
    icon: ShieldCheck,
    scope: 'policies:read',
  },
  { to: '/apps/$app/keys', label: shell.pages.keys, icon: KeyRound, scope: 'keys:read' },
  { to: '/apps/$app/agents', label: shell.pages.agents, icon: Bot, scope: 'agents:read' },
  { to: '/apps/$app/audit', label: shell.pages.audit, icon: ScrollText, scope: 'audit:read' },
  {
    to: '/apps/$app/notifications',
    label: shell.pages.notifications,
    icon: Bell,
    scope: 'channels:read',
  },
  { to: '/apps/$app/settings', label: shell.pages.appSettings, icon: Settings2, scope: 'apps:write' },
];

export const ORGANIZATION_PLACES: readonly Place[] = [
  { to: '/apps', label: shell.pages.apps, icon: Boxes, scope: 'apps:read' },
  { to: '/members', label: shell.pages.members, icon: Users, scope: 'members:read' },
  { to: '/settings', label: shell.pages.settings, icon: Settings, scope: 'settings:read' },
];
