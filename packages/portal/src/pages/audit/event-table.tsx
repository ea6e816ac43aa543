/**
 * The table of events: as many rows as there are, of which only those in view are drawn. Moved in by arrows, opened by Enter;
 * the row that the keyboard is at is named to who can't see it.
 */
import { useVirtualizer } from '@tanstack/react-virtual';
import { clsx } from 'clsx';
import { ArrowUp } from 'lucide-react';
import { useId, useRef, useState, useSyncExternalStore, type KeyboardEvent, type MouseEvent } from 'react';
import { audit } from '../../texts/audit.ts';
import { COLUMNS, EventRow } from './event-row.tsx';
import type { EventList } from './event-list.ts';
import type { Names } from './names.ts';

const ROW_PX = 34;
const NARROW_ROW_PX = 60;
const OVERSCAN_ROWS = 8;
const NARROW = '(max-width: 767px)';

interface TableProps {
  readonly list: EventList;
  readonly nameOf: Names['nameOf'];
  /** The event whose details are open. */
  readonly openId: string | undefined;
  readonly onOpen: (eventId: string) => void;
}

export function EventTable(props: TableProps) {
  const isNarrow = useIsNarrow();
  // Rows of another height are another table.
  return <Grid key={String(isNarrow)} {...props} isNarrow={isNarrow} />;
}

function Grid({ list, nameOf, openId, onOpen, isNarrow }: TableProps & { readonly isNarrow: boolean }) {
  const { rows, waiting } = useSyncExternalStore(list.subscribe, list.state);
  const scroller = useRef<HTMLDivElement>(null);
  const base = useId();
  const [active, setActive] = useState(0);
  const height = isNarrow ? NARROW_ROW_PX : ROW_PX;
  // oxlint-disable-next-line react/incompatible-library -- nothing of it is remembered: a row is drawn from plain values
  const virtual = useVirtualizer({
    count: rows,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: OVERSCAN_ROWS,
    onChange: ({ range }) => {
      if (range !== null) list.want(range.startIndex, range.endIndex);
    },
  });

  const move = (to: number) => {
    const next = Math.max(0, Math.min(rows - 1, to));
    setActive(next);
    virtual.scrollToIndex(next);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / height) - 1);
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: rows - 1,
    };
    const to = steps[event.key];
    const open = list.row(active);
    if (to !== undefined) {
      event.preventDefault();
      move(to);
    } else if ((event.key === 'Enter' || event.key === ' ') && open !== undefined) {
      event.preventDefault();
      onOpen(open.event_id);
    }
  };
  const onClick = ({ target }: MouseEvent) => {
    const row = target instanceof Element ? target.closest<HTMLElement>('[data-index]') : null;
    const index = Number(row?.dataset['index'] ?? Number.NaN);
    const event = Number.isNaN(index) ? undefined : list.row(index);
    if (event === undefined) return;
    setActive(index);
    onOpen(event.event_id);
  };

  const items = virtual.getVirtualItems();
  // A row that leaves the view is filled anew and comes in at the other end: nothing is built while one scrolls.
  const inView = Math.ceil((virtual.scrollRect?.height ?? 0) / height) + 1;
  const slots = Math.max(items.length, inView + 2 * OVERSCAN_ROWS);
  const isActiveDrawn = items.some(({ index }) => index === active);
  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      {waiting > 0 && (
        <button
          type="button"
          onClick={() => {
            scroller.current?.scrollTo({ top: 0 });
            list.showWaiting();
          }}
          className="appear absolute top-11 left-1/2 z-20 flex h-8 -translate-x-1/2 items-center gap-1.5 rounded-full bg-accent px-3.5 text-[13px] font-medium text-on-accent shadow-raised"
        >
          <ArrowUp aria-hidden className="size-4" />
          {audit.waiting(waiting)}
        </button>
      )}
      <div
        ref={scroller}
        role="grid"
        tabIndex={0}
        aria-label={audit.table}
        aria-rowcount={rows + 1}
        aria-colcount={6}
        {...(isActiveDrawn ? { 'aria-activedescendant': `${base}-${active}` } : {})}
        onKeyDown={onKeyDown}
        onClick={onClick}
        onScroll={({ currentTarget }) => list.setAtTop(currentTarget.scrollTop < height)}
        className="group min-h-0 flex-1 overflow-y-auto outline-none focus-visible:outline-2 focus-visible:-outline-offset-2"
      >
        <div
          role="row"
          aria-rowindex={1}
          className={clsx(
            isNarrow
              ? 'sr-only'
              : `sticky top-0 z-10 h-9 items-center border-b border-line bg-surface px-4 text-xs font-medium text-ink-3 ${COLUMNS}`,
          )}
        >
          {Object.entries(audit.columns).map(([name, title]) => (
            <div
              key={name}
              role="columnheader"
              className={clsx('truncate', (name === 'status' || name === 'latency') && 'text-right')}
            >
              {title}
            </div>
          ))}
        </div>
        <div role="rowgroup" className="relative" style={{ height: virtual.getTotalSize() }}>
          {items.map(({ index, start }) => {
            const event = list.row(index);
            return (
              <EventRow
                key={index % slots}
                id={`${base}-${index}`}
                event={event}
                index={index}
                top={start}
                height={height}
                isNarrow={isNarrow}
                isActive={index === active}
                isOpen={event !== undefined && event.event_id === openId}
                nameOf={nameOf}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

function useIsNarrow(): boolean {
  return useSyncExternalStore(
    (changed) => {
      const media = matchMedia(NARROW);
      media.addEventListener('change', changed);
      return () => media.removeEventListener('change', changed);
    },
    () => matchMedia(NARROW).matches,
  );
}
