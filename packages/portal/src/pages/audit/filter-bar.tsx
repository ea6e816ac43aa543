/** What is looked for: a text, a span of time, and any of the filters, each shown and taken away again by itself. */
import { clsx } from 'clsx';
import { Calendar, ListFilter, Radio, Search as SearchIcon, X } from 'lucide-react';
import { useState } from 'react';
import { audit } from '../../texts/audit.ts';
import { toTheSecond } from '../../texts/times.ts';
import { Button } from '../../ui/button.tsx';
import { inputClass } from '../../ui/field.tsx';
import { Menu } from '../../ui/menu.tsx';
import { FilterDialog } from './filter-dialog.tsx';
import {
  contextKey,
  FILTER_NAMES,
  isContext,
  RANGES,
  withFilters,
  withLive,
  withSpan,
  type Looked,
  type Range,
  type Search,
} from './filters.ts';
import { shortId, type Names } from './names.ts';
import { SpanDialog } from './span-dialog.tsx';

interface BarProps {
  readonly app: string;
  readonly search: Search;
  readonly looked: Looked;
  readonly names: Names;
  readonly onLook: (search: Record<string, unknown>) => void;
  readonly onGo: (search: Record<string, unknown>) => void;
}

export function FilterBar({ app, search, looked, names, onLook, onGo }: BarProps) {
  const [dialog, setDialog] = useState<'filters' | 'span'>();
  const { filters } = looked;
  const close = () => setDialog(undefined);
  const lookWith = (next: Record<string, string>) => onLook(withFilters(search, next));
  const others = Object.keys(filters).filter((name) => name !== 'q');
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <div className="flex min-w-0 flex-wrap items-center gap-2">
        <TextSearch
          key={filters['q'] ?? ''}
          value={filters['q'] ?? ''}
          onSearch={(q) => {
            const { q: _q, ...rest } = filters;
            lookWith(q === '' ? rest : { ...rest, q });
          }}
        />
        <SpanMenu looked={looked} search={search} onLook={onLook} onCustom={() => setDialog('span')} />
        <Button icon={<ListFilter aria-hidden />} onClick={() => setDialog('filters')}>
          {audit.filters}
        </Button>
        <Button
          aria-pressed={looked.isLive}
          title={looked.to === undefined ? audit.liveHint : audit.liveNoEnd}
          disabled={looked.to !== undefined}
          className={clsx(looked.isLive && 'border-ok! text-ok!')}
          icon={<Radio aria-hidden className={clsx(looked.isLive && 'pulse-soft')} />}
          onClick={() => onGo(withLive(search, !looked.isLive))}
        >
          {audit.live}
        </Button>
      </div>
      {others.length > 0 && (
        <ul aria-label={audit.activeFilters} className="flex min-w-0 flex-wrap items-center gap-1.5">
          {others.map((name) => {
            const label = labelOf(name);
            const { [name]: value = '', ...rest } = filters;
            return (
              <li
                key={name}
                className="inline-flex h-7 max-w-full items-center gap-1 rounded-lg bg-accent-soft pl-2.5 text-[13px] text-accent-ink"
              >
                <span className="min-w-0 truncate">
                  {label}: <strong className="font-semibold">{shownValue(name, value, names)}</strong>
                </span>
                <button
                  type="button"
                  aria-label={audit.removeFilter(label)}
                  onClick={() => lookWith(rest)}
                  className="grid size-7 shrink-0 place-items-center rounded-lg hover:bg-sunken"
                >
                  <X aria-hidden className="size-3.5" />
                </button>
              </li>
            );
          })}
          {others.length > 1 && (
            <li>
              <Button look="quiet" size="small" onClick={() => lookWith({})}>
                {audit.clearFilters}
              </Button>
            </li>
          )}
        </ul>
      )}
      {dialog === 'filters' && (
        <FilterDialog
          app={app}
          filters={filters}
          onClose={close}
          onApply={(next) => {
            close();
            lookWith(next);
          }}
        />
      )}
      {dialog === 'span' && (
        <SpanDialog
          from={looked.from}
          to={looked.to}
          onClose={close}
          onApply={(span) => {
            close();
            onLook(withSpan(search, span));
          }}
        />
      )}
    </div>
  );
}

function TextSearch({
  value,
  onSearch,
}: {
  readonly value: string;
  readonly onSearch: (text: string) => void;
}) {
  const [text, setText] = useState(value);
  return (
    <form
      role="search"
      className="relative min-w-48 flex-1 sm:max-w-sm"
      onSubmit={(event) => {
        event.preventDefault();
        onSearch(text.trim());
      }}
    >
      <SearchIcon aria-hidden className="pointer-events-none absolute top-2.5 left-3 size-4 text-ink-3" />
      <input
        type="search"
        aria-label={audit.search}
        placeholder={audit.searchHint}
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          if (event.target.value === '' && value !== '') onSearch('');
        }}
        className={inputClass('h-9 pl-9')}
      />
    </form>
  );
}

function SpanMenu({
  looked: { range, from, to },
  search,
  onLook,
  onCustom,
}: Pick<BarProps, 'looked' | 'search' | 'onLook'> & { readonly onCustom: () => void }) {
  const isCustom = range === undefined && (from !== undefined || to !== undefined);
  const shown = isCustom
    ? audit.span(
        from === undefined ? audit.openBeginning : shownTime(from),
        to === undefined ? audit.openEnd : shownTime(to),
      )
    : audit.ranges[range ?? 'all'];
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- edge: the keys of a constant table
  const ranges = Object.keys(RANGES) as Range[];
  return (
    <Menu
      align="start"
      heading={audit.time}
      trigger={
        <Button icon={<Calendar aria-hidden />}>
          <span className="sr-only">{audit.time}: </span>
          {shown}
        </Button>
      }
      items={[
        ...ranges.map((one) => ({
          label: audit.ranges[one],
          isChosen: one === range,
          onSelect: () => onLook(withSpan(search, { range: one })),
        })),
        {
          label: audit.ranges.all,
          isChosen: range === undefined && !isCustom,
          onSelect: () => onLook(withSpan(search, {})),
        },
        'line',
        { label: audit.ranges.custom, isChosen: isCustom, onSelect: onCustom },
      ]}
    />
  );
}

/** What an address says is no time at all is shown as it stands; the API says what is wrong with it. */
const shownTime = (text: string): string => (Number.isNaN(Date.parse(text)) ? text : toTheSecond(text));

function labelOf(name: string): string {
  if (isContext(name)) return audit.contextName(contextKey(name));
  const known = FILTER_NAMES.find((one) => one === name);
  return known === undefined ? name : audit.names[known];
}

function shownValue(name: string, value: string, names: Names): string {
  if (!name.endsWith('_id')) return value;
  return names.nameOf(value) ?? (value.length > 20 ? shortId(value) : value);
}
