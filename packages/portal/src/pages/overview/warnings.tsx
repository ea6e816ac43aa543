/** What is wrong, or that nothing is. */
import { overview } from '../../texts/overview.ts';
import { Callout } from '../../ui/layout.tsx';
import type { Overview } from './overview-page.tsx';

export function Warnings({ read: { warnings } }: { readonly read: Overview }) {
  if (warnings.length === 0) return null;
  return (
    <div className="flex flex-col gap-2">
      {warnings.map(({ kind, message }) => (
        <Callout
          key={`${kind} ${message}`}
          tone={kind === 'log_behind' ? 'neutral' : 'warn'}
          title={overview.kinds[kind]}
        >
          {message}
        </Callout>
      ))}
    </div>
  );
}
