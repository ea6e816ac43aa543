/** How much an app has of what one may see, and up to when the figures are counted. */
import { Bot, HeartPulse, KeyRound, Key, Moon, Share2 } from 'lucide-react';
import { count } from '../../texts/numbers.ts';
import { overview } from '../../texts/overview.ts';
import { Card } from '../../ui/layout.tsx';
import { TimeAgo } from '../../ui/time.tsx';
import type { Overview } from './overview-page.tsx';

const SHOWN = [
  ['secrets', KeyRound],
  ['active_grants', Share2],
  ['api_keys', Key],
  ['agents', Bot],
  ['secrets_unused', Moon],
] as const;

export function Inventory({
  counts,
  countedUntil,
}: {
  readonly counts: Overview['counts'];
  readonly countedUntil: string | null;
}) {
  return (
    <Card title={overview.inventory} className="lg:max-xl:col-span-2">
      <dl className="flex flex-col divide-y divide-line">
        {SHOWN.map(([name, Icon]) => {
          const value = counts[name];
          if (value === null) return null;
          return (
            <div key={name} className="flex items-center justify-between gap-3 py-2">
              <dt className="flex items-center gap-2.5 text-ink-2">
                <Icon className="size-4 text-ink-3" aria-hidden />
                {overview.counts[name]}
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
