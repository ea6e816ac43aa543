/** Who is signed in, the look of the portal, and the way out. */
import { useNavigate } from '@tanstack/react-router';
import { BookOpen, LogOut, Monitor, Moon, Sun, UserRound } from 'lucide-react';
import { useChange } from '../api/queries.ts';
import { useSession } from '../api/session.ts';
import { shell } from '../texts/shell.ts';
import { IconButton } from '../ui/button.tsx';
import { Menu } from '../ui/menu.tsx';
import { useToasts } from '../ui/toast.tsx';
import { THEMES, useTheme } from './theme.ts';

const ICONS = {
  system: <Monitor aria-hidden />,
  light: <Sun aria-hidden />,
  dark: <Moon aria-hidden />,
} as const;

export function AccountMenu() {
  const session = useSession();
  const [theme, setTheme] = useTheme();
  const navigate = useNavigate();
  const toasts = useToasts();
  const signOut = useChange('signOut', {
    // Loads the page anew: nothing that was read stays in memory.
    onDone: () => location.assign('/sign-in'),
  });
  return (
    <Menu
      heading={`${session.email ?? ''} · ${session.role}`}
      trigger={
        <IconButton label={shell.account} size="normal" look="secondary" className="rounded-full!">
          <UserRound aria-hidden />
        </IconButton>
      }
      items={[
        {
          label: shell.account,
          icon: <UserRound aria-hidden />,
          onSelect: () => void navigate({ to: '/account' }),
        },
        {
          label: shell.apiReference,
          icon: <BookOpen aria-hidden />,
          onSelect: () => location.assign('/docs'),
        },
        'line',
        ...THEMES.map((one) => ({
          label: shell.themes[one],
          icon: ICONS[one],
          isChosen: one === theme,
          onSelect: () => setTheme(one),
        })),
        'line',
        {
          label: shell.signOut,
          icon: <LogOut aria-hidden />,
          onSelect: () => signOut.mutate({}, { onError: toasts.failed }),
        },
      ]}
    />
  );
}
