/** The events that fit what is looked for, and the details of the one that is open. Begins anew when something else is looked for. */
import { ScrollText, SearchX } from 'lucide-react';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { audit } from '../../texts/audit.ts';
import { Button } from '../../ui/button.tsx';
import { EmptyState, ErrorNote, SkeletonRows } from '../../ui/layout.tsx';
import { EventList } from './event-list.ts';
import { EventPanel } from './event-panel.tsx';
import { EventTable } from './event-table.tsx';
import { withEvent, withFilters, withSpan, type Filters, type Looked, type Search } from './filters.ts';
import type { Names } from './names.ts';
import { useLive } from './use-live.ts';

interface EventsProps {
  readonly app: string;
  readonly search: Search;
  readonly looked: Looked;
  readonly query: Filters;
  readonly names: Names;
  /** To an address at which the same is looked for. */
  readonly onGo: (search: Record<string, unknown>, replace?: boolean) => void;
  /** To an address at which something else is. */
  readonly onLook: (search: Record<string, unknown>) => void;
}

export function Events({ app, search, looked, query, names, onGo, onLook }: EventsProps) {
  const [list] = useState(() => new EventList(app, query));
  useEffect(() => list.start(), [list]);
  const state = useSyncExternalStore(list.subscribe, list.state);
  const { event, isLive } = looked;
  const live = useLive({ app, query, isOn: isLive }, list);
  const open = (eventId: string) => onGo(withEvent(search, eventId), event !== undefined);
  const at = event === undefined ? undefined : list.indexOf(event);
  const isEmpty = state.rows === 0;
  return (
    <section
      aria-label={audit.title}
      className="flex h-[max(26rem,calc(100dvh-27.5rem))] min-w-0 flex-col overflow-hidden rounded-xl border border-line bg-surface shadow-card"
    >
      {isEmpty && state.error === undefined && !state.isEnd && <SkeletonRows rows={12} />}
      {isEmpty && state.isEnd && <Nothing search={search} query={query} onLook={onLook} />}
      {!isEmpty && <EventTable list={list} nameOf={names.nameOf} openId={event} onOpen={open} />}
      {state.error !== undefined && (
        <div className="p-4">
          <ErrorNote error={state.error} onRetry={() => list.retry()} />
        </div>
      )}
      {(!isEmpty || isLive) && (
        <p
          role="status"
          className="flex h-9 shrink-0 items-center gap-4 border-t border-line px-4 text-[13px] text-ink-3"
        >
          <span className="min-w-0 flex-1 truncate">{footOf(state, query)}</span>
          {audit.liveStates[live]}
        </p>
      )}
      {event !== undefined && (
        <EventPanel
          app={app}
          eventId={event}
          nameOf={names.nameOf}
          onClose={() => onGo(withEvent(search, undefined))}
          onOpen={open}
          beside={(step) => (at === undefined ? undefined : list.row(at + step)?.event_id)}
        />
      )}
    </section>
  );
}

function footOf({ rows, isEnd, isFull, isReading }: ReturnType<EventList['state']>, query: Filters): string {
  if (isFull) return audit.tooDeep;
  if (isEnd) return `${audit.rows(rows)} ${query['from'] === undefined ? audit.end : audit.endOfSpan}`;
  return isReading ? audit.looking : audit.more(rows);
}

function Nothing({ search, query, onLook }: Pick<EventsProps, 'search' | 'query' | 'onLook'>) {
  if (Object.keys(query).length === 0)
    return (
      <EmptyState icon={<ScrollText />} title={audit.emptyTitle}>
        {audit.emptyText}
      </EmptyState>
    );
  const { from, to, ...filters } = query;
  const isSpan = from !== undefined || to !== undefined;
  return (
    <EmptyState
      icon={<SearchX />}
      title={audit.emptyFilteredTitle}
      actions={
        <>
          {isSpan && <Button onClick={() => onLook(withSpan(search, {}))}>{audit.ranges.all}</Button>}
          {Object.keys(filters).length > 0 && (
            <Button onClick={() => onLook(withFilters(search, {}))}>{audit.clearFilters}</Button>
          )}
        </>
      }
    >
      {audit.emptyFilteredText}
    </EmptyState>
  );
}
