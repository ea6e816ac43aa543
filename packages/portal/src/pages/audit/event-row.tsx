/** One row of the table: one line on a desk, two on a phone. Drawn often while one scrolls, so it is small and remembers itself. */
import { clsx } from 'clsx';
import { memo } from 'react';
import { audit } from '../../texts/audit.ts';
import { common } from '../../texts/common.ts';
import { toTheSecond } from '../../texts/times.ts';
import type { AuditEvent } from './event-list.ts';
import { shortId, type Names } from './names.ts';
import { OutcomeBadge, whatOf } from './outcome.tsx';

/** The columns of a desk; a phone stacks them. */
export const COLUMNS = 'grid grid-cols-[10.5rem_6.5rem_minmax(0,1fr)_minmax(6rem,13rem)_3.5rem_5rem] gap-x-3';

interface RowProps {
  readonly id: string;
  /** Undefined while it is read again. */
  readonly event: AuditEvent | undefined;
  readonly index: number;
  readonly top: number;
  readonly height: number;
  readonly isNarrow: boolean;
  readonly isActive: boolean;
  readonly isOpen: boolean;
  readonly nameOf: Names['nameOf'];
}

export const EventRow = memo(function EventRow(props: RowProps) {
  const { id, event, index, top, height, isNarrow, isActive, isOpen, nameOf } = props;
  return (
    <div
      role="row"
      id={id}
      aria-rowindex={index + 2}
      aria-selected={isOpen}
      data-index={index}
      style={{ height, transform: `translateY(${top}px)` }}
      className={clsx(
        'absolute inset-x-0 top-0 cursor-pointer border-b border-line px-4 [contain:strict] hover:bg-sunken/60',
        isNarrow ? 'flex flex-col justify-center gap-0.5' : `${COLUMNS} items-center`,
        isOpen && 'bg-accent-soft!',
        isActive && '-outline-offset-2 outline-accent-ink group-focus-visible:outline-2',
      )}
    >
      {event === undefined ? (
        <div
          role="gridcell"
          aria-label={common.loading}
          className="pulse-soft col-span-full h-3.5 w-2/3 rounded bg-sunken"
        />
      ) : isNarrow ? (
        <NarrowCells event={event} nameOf={nameOf} />
      ) : (
        <WideCells event={event} nameOf={nameOf} />
      )}
    </div>
  );
});

type CellsProps = { readonly event: AuditEvent; readonly nameOf: Names['nameOf'] };

function WideCells({ event, nameOf }: CellsProps) {
  return (
    <>
      <div role="gridcell" className="truncate text-[13px] text-ink-2 tabular-nums">
        <time dateTime={event.at}>{toTheSecond(event.at)}</time>
      </div>
      <div role="gridcell" className="flex">
        <OutcomeBadge event={event} />
      </div>
      <div role="gridcell" className="truncate">
        <What event={event} />
      </div>
      <div role="gridcell" className="truncate text-[13px] text-ink-2">
        {whoOf(event, nameOf)}
      </div>
      <div role="gridcell" className="truncate text-right font-mono text-[13px] tabular-nums">
        {event.status_code ?? event.code ?? ''}
      </div>
      <div role="gridcell" className="truncate text-right text-[13px] text-ink-2 tabular-nums">
        {event.latency_ms === null ? '' : audit.milliseconds(event.latency_ms)}
      </div>
    </>
  );
}

function NarrowCells({ event, nameOf }: CellsProps) {
  return (
    <>
      <div className="flex min-w-0 items-center gap-2">
        <div role="gridcell" className="flex shrink-0">
          <OutcomeBadge event={event} />
        </div>
        <div role="gridcell" className="min-w-0 flex-1 truncate">
          <What event={event} />
        </div>
      </div>
      <div className="flex min-w-0 gap-2 text-[13px] text-ink-3">
        <div role="gridcell" className="shrink-0 tabular-nums">
          <time dateTime={event.at}>{toTheSecond(event.at)}</time>
        </div>
        <div role="gridcell" className="min-w-0 flex-1 truncate text-right">
          {whoOf(event, nameOf)}
        </div>
      </div>
    </>
  );
}

function What({ event }: { readonly event: AuditEvent }) {
  const { lead, text, more } = whatOf(event);
  return (
    <>
      {lead !== '' && <span className="mr-1.5 font-mono text-xs font-semibold text-ink-2">{lead}</span>}
      {text}
      {more !== '' && <span className="ml-2 text-[13px] text-ink-3">{more}</span>}
      {event.kind === 'call.denied' && event.code !== null && (
        <span className="ml-2 font-mono text-xs text-bad">{event.code}</span>
      )}
    </>
  );
}

/** Whoever it was, by the word that says most. */
function whoOf({ actor }: AuditEvent, nameOf: Names['nameOf']): string {
  const named = (id: string | null): string | undefined =>
    id === null ? undefined : (nameOf(id) ?? shortId(id));
  return (
    actor.caller ??
    named(actor.agent_id) ??
    named(actor.member_id) ??
    named(actor.key_id) ??
    actor.key_prefix ??
    ''
  );
}
