/** How much an app has of what one may see, and up to when the figures are counted. */
import { Link } from '@tanstack/react-router';
import { Bot, HeartPulse, KeyRound, Key, Moon, Share2 } from 'lucide-react';
import { useAppName } from '../../shell/current-app.ts';
import { count } from '../../texts/numbers.ts';
import { overview } from '../../texts/overview.ts';
import { Card } from '../../ui/layout.tsx';
import { TimeAgo } from '../../ui/time.tsx';
import type { Overview } from './overview-page.tsx';

const SHOWN = [
  ['secrets', KeyRound, '/apps/$app/secrets'],
  ['active_grants', Share2, '/apps/$app/secrets'],
  ['api_keys', Key, '/apps/$app/keys'],
  ['agents', Bot, '/apps/$app/agents'],
  ['secrets_unused', Moon, '/apps/$app/secrets'],
] as const;

export function Inventory({
  counts,
  countedUntil,
}: {
  readonly counts: Overview['counts'];
  readonly countedUntil: string | null;
}) {
  const app = useAppName();
  return (
    <Card title={overview.inventory} className="lg:max-xl:col-span-2">
      <dl className="flex flex-col divide-y divide-line">
        {SHOWN.map(([name, Icon, to]) => {
          const value = counts[name];
          if (value === null) return null;
          return (
            <div key={name} className="flex items-center justify-between gap-3 py-2">
              <dt className="flex items-center gap-2.5 text-ink-2">
                <Icon className="size-4 text-ink-3" aria-hidden />
                <Link to={to} params={{ app }} className="hover:underline">
                  {overview.counts[name]}
                </Link>
              </dt>
              <dd className="font-medium tabular-nums">{count(value)}</dd>
            </div>
          );
        })}
        {countedUntil !== null && (
          <div className="flex items-center justify-between gap-3 py-2">
            <dt className="flex items-center gap-2.5 text-ink-2">
              <HeartPulse className="size-4 text-ink-3" aria-hidden />
              {overview.countedUntil}
            </dt>
            <dd className="text-ink-2">
              <TimeAgo at={countedUntil} />
            </dd>
          </div>
        )}
      </dl>
    </Card>
  );
}
