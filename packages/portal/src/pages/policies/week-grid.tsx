/** The hours of a week as a grid: a window is drawn by dragging, or by keyboard. Beside it stands the same as text. */
import { clsx } from 'clsx';
import { useId, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';
import { policies } from '../../texts/policies.ts';
import { WEEK, type WindowDraft } from './draft.ts';
import { partsOf, toggled, windowOf, type Cell } from './week.ts';

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const LABELLED_EVERY = 6;
const pad = (hour: number): string => `${String(hour).padStart(2, '0')}:00`;

const MOVES: Readonly<Record<string, readonly [day: number, hour: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  Home: [0, -23],
  End: [0, 23],
};
const clamp = (value: number, max: number): number => Math.max(0, Math.min(max, value));

export function WeekGrid({
  window,
  onChange,
}: {
  readonly window: WindowDraft;
  /** Absent: only to look at. */
  readonly onChange?: (window: WindowDraft) => void;
}) {
  const id = useId();
  const grid = useRef<HTMLDivElement>(null);
  /** Where a stretch of cells began. */
  const [anchor, setAnchor] = useState<Cell>();
  const [isDragging, setDragging] = useState(false);
  const [focused, setFocused] = useState<Cell>({ day: 0, hour: 9 });
  const isEditable = onChange !== undefined;

  const stretch = (from: Cell, to: Cell) => onChange?.({ ...window, ...windowOf(from, to) });
  const move = (to: Cell) => {
    setFocused(to);
    grid.current?.querySelector<HTMLElement>(`[data-cell="${to.day}-${to.hour}"]`)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = MOVES[event.key];
    if (step !== undefined) {
      event.preventDefault();
      const to = { day: clamp(focused.day + step[0], 6), hour: clamp(focused.hour + step[1], 23) };
      if (event.shiftKey) {
        const from = anchor ?? focused;
        setAnchor(from);
        stretch(from, to);
      } else setAnchor(undefined);
      move(to);
    } else if (event.key === ' ' || event.key === 'Enter') {
      event.preventDefault();
      setAnchor(focused);
      stretch(focused, focused);
    }
  };
  const onPointerDown = (event: PointerEvent) => {
    const cell = cellAt(event);
    if (cell === undefined || event.button !== 0) return;
    setAnchor(cell);
    setDragging(true);
    setFocused(cell);
    stretch(cell, cell);
  };
  const onPointerMove = (event: PointerEvent) => {
    const cell = isDragging ? cellAt(event) : undefined;
    if (cell === undefined || anchor === undefined) return;
    if (cell.day === focused.day && cell.hour === focused.hour) return;
    setFocused(cell);
    stretch(anchor, cell);
  };
  const stop = () => setDragging(false);

  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <span id={id} className="text-[13px] font-medium">
        {policies.grid}
      </span>
      <div
        ref={grid}
        role="grid"
        aria-labelledby={id}
        aria-readonly={!isEditable}
        {...(isEditable
          ? {
              'aria-describedby': `${id}-hint`,
              onPointerDown,
              onPointerMove,
              onPointerUp: stop,
              onPointerCancel: stop,
              onPointerLeave: stop,
            }
          : {})}
        className="flex touch-pan-y flex-col gap-px overflow-hidden rounded-lg border border-line bg-line select-none"
      >
        <div role="row" className="flex gap-px bg-surface">
          <span role="columnheader" className="w-12 shrink-0 bg-surface">
            <span className="sr-only">{policies.days}</span>
          </span>
          {HOURS.map((hour) => (
            <span
              key={hour}
              role="columnheader"
              className="min-w-0 flex-1 bg-surface py-1 text-xs whitespace-nowrap text-ink-3"
            >
              <span className="sr-only">{pad(hour)}</span>
              {hour % LABELLED_EVERY === 0 && <span aria-hidden>{hour}</span>}
            </span>
          ))}
        </div>
        {WEEK.map((day, row) => (
          <div key={day} role="row" className="flex gap-px">
            <span role="rowheader" className="flex w-12 shrink-0 bg-surface">
              {isEditable ? (
                <button
                  type="button"
                  aria-pressed={window.days.includes(day)}
                  onClick={() => onChange({ ...window, days: toggled(window.days, day) })}
                  className="flex-1 px-2 text-left text-xs font-medium text-ink-3 hover:bg-sunken aria-pressed:text-accent-ink"
                >
                  <span className="sr-only">{policies.dayNames[day]}</span>
                  <span aria-hidden>{policies.dayShort[day]}</span>
                </button>
              ) : (
                <span className="px-2 py-1.5 text-xs font-medium text-ink-3">{policies.dayShort[day]}</span>
              )}
            </span>
            {HOURS.map((hour) => {
              const parts = partsOf(window, { day: row, hour });
              return (
                <span
                  key={hour}
                  role="gridcell"
                  data-cell={`${row}-${hour}`}
                  aria-selected={parts.length > 0}
                  aria-label={`${policies.cell(policies.dayNames[day], pad(hour))}, ${parts.length > 0 ? policies.open : policies.closed}`}
                  {...(isEditable
                    ? {
                        tabIndex: focused.day === row && focused.hour === hour ? 0 : -1,
                        onKeyDown,
                        onFocus: () => setFocused({ day: row, hour }),
                      }
                    : {})}
                  className={clsx(
                    'relative h-7 min-w-0 flex-1 bg-surface focus-visible:z-10 focus-visible:outline-offset-0',
                    isEditable && 'cursor-crosshair hover:bg-sunken',
                  )}
                >
                  {parts.map((part) => (
                    <span
                      key={part.from}
                      aria-hidden
                      className="pointer-events-none absolute inset-y-0 bg-accent"
                      style={{ left: `${part.from}%`, width: `${part.to - part.from}%` }}
                    />
                  ))}
                </span>
              );
            })}
          </div>
        ))}
      </div>
      {isEditable && (
        <p id={`${id}-hint`} className="text-[13px] text-ink-3">
          {policies.gridHint}
        </p>
      )}
    </div>
  );
}

/** By where the pointer is: while it is held down, a touch stays with the cell on which it began. */
function cellAt(event: PointerEvent): Cell | undefined {
  const found = document.elementFromPoint(event.clientX, event.clientY)?.closest<HTMLElement>('[data-cell]');
  const [day, hour] = found?.dataset['cell']?.split('-') ?? [];
  return day === undefined || hour === undefined ? undefined : { day: Number(day), hour: Number(hour) };
}
