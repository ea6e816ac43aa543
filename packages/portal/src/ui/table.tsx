/**
 * Tables of lists: on a narrow screen each row becomes a card, so that nothing has to be scrolled sideways. For lists of a page
 * or a few; the audit log has a table of its own.
 */
import { clsx } from 'clsx';
import type { MouseEvent, ReactNode } from 'react';
import { common } from '../texts/common.ts';
import { Button } from './button.tsx';
import { ErrorNote, SkeletonRows } from './layout.tsx';

export interface Column<T> {
  readonly title: string;
  readonly cell: (item: T) => ReactNode;
  readonly align?: 'left' | 'right';
  /** Left out where it is narrow. */
  readonly isExtra?: boolean;
  readonly className?: string;
}

interface ListState {
  readonly isPending: boolean;
  readonly error: unknown;
  readonly refetch: () => unknown;
  readonly hasNextPage?: boolean;
  readonly isFetchingNextPage?: boolean;
  readonly fetchNextPage?: () => unknown;
}

export function ListTable<T>({
  label,
  columns,
  items,
  keyOf,
  list,
  empty,
  onOpen,
  actions,
  marked,
}: {
  /** What the table lists, for who can't see it. */
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly items: readonly T[];
  readonly keyOf: (item: T) => string;
  /** The query that the items come from. */
  readonly list: ListState;
  readonly empty: ReactNode;
  /** What a click anywhere on a row does; the first cell should hold a link to the same. */
  readonly onOpen?: (item: T) => void;
  readonly actions?: (item: T) => ReactNode;
  /** The key of the row that was asked for: it is marked, and comes into view. */
  readonly marked?: string | undefined;
}) {
  if (list.isPending) return <SkeletonRows />;
  if (list.error !== null && items.length === 0)
    return (
      <div className="p-5">
        <ErrorNote error={list.error} onRetry={() => void list.refetch()} />
      </div>
    );
  if (items.length === 0) return <>{empty}</>;
  return (
    <>
      <table className="w-full border-collapse text-left max-sm:block">
        <caption className="sr-only">{label}</caption>
        <thead className="max-sm:sr-only">
          <tr className="border-b border-line text-xs text-ink-3">
            {columns.map((column) => (
              <th
                key={column.title}
                scope="col"
                className={clsx(
                  'px-3 py-2 font-medium whitespace-nowrap first:pl-5 last:pr-5',
                  column.align === 'right' && 'text-right',
                  column.isExtra === true && 'max-lg:hidden',
                )}
              >
                {column.title}
              </th>
            ))}
            {actions !== undefined && (
              <th scope="col" className="w-px py-2 pr-5">
                <span className="sr-only">{common.actions}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody className="max-sm:block">
          {items.map((item) => (
            <tr
              key={keyOf(item)}
              {...(keyOf(item) === marked ? { 'aria-current': true, ref: intoView } : {})}
              {...(onOpen === undefined ? {} : { onClick: (event) => isOnRow(event) && onOpen(item) })}
              className={clsx(
                'border-b border-line last:border-0 aria-[current=true]:bg-accent-soft max-sm:relative max-sm:block max-sm:px-5 max-sm:py-3.5',
                onOpen !== undefined && 'cursor-pointer hover:bg-sunken/60',
              )}
            >
              {columns.map((column, index) => (
                <td
                  key={column.title}
                  className={clsx(
                    'px-3 py-2.5 align-middle first:pl-5 last:pr-5',
                    'max-sm:justify-between max-sm:gap-4 max-sm:px-0! max-sm:py-1',
                    column.align === 'right' && 'text-right tabular-nums',
                    column.isExtra === true ? 'max-lg:hidden' : 'max-sm:flex',
                    column.className,
                  )}
                >
                  {index > 0 && <span className="text-[13px] text-ink-3 sm:hidden">{column.title}</span>}
                  <div className="min-w-0">{column.cell(item)}</div>
                </td>
              ))}
              {actions !== undefined && (
                <td className="py-1.5 pr-4 text-right max-sm:absolute max-sm:top-2 max-sm:right-0">
                  {actions(item)}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {list.hasNextPage === true && (
        <div className="border-t border-line p-3 text-center">
          <Button
            size="small"
            isBusy={list.isFetchingNextPage === true}
            onClick={() => void list.fetchNextPage?.()}
          >
            {common.more}
          </Button>
        </div>
      )}
    </>
  );
}

const intoView = (row: HTMLTableRowElement | null) => row?.scrollIntoView({ block: 'center' });

/** Not on a control, and not in a dialog that a cell opened: those stand elsewhere in the page. */
const isOnRow = ({ target, currentTarget }: MouseEvent<HTMLTableRowElement>): boolean =>
  target instanceof Element &&
  currentTarget.contains(target) &&
  target.closest('a, button, input, select, label, [role="menuitem"]') === null;
