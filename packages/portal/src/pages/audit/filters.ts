/**
 * What is looked for, as it stands in the address of the page: the filters of the API under their own names, a span of time, and
 * the event that is open. Pure; the moment that counts as now is given.
 */

export const FILTER_NAMES = [
  'q',
  'kind',
  'decision',
  'secret_id',
  'grant_id',
  'agent_id',
  'key_id',
  'caller',
  'method',
  'host',
  'url_prefix',
  'code',
  'status_code',
  'mode',
  'approval_id',
  'flag',
] as const;
export type FilterName = (typeof FILTER_NAMES)[number];

export const RANGES = { '15m': 900, '1h': 3600, '24h': 86_400, '7d': 604_800, '30d': 2_592_000 } as const;
export type Range = keyof typeof RANGES;

/** By their names in the API; `context.<key>` too. All of them texts: the API judges them. */
export type Filters = Readonly<Record<string, string>>;

export interface Looked {
  readonly filters: Filters;
  readonly range: Range | undefined;
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** The event whose details are open. */
  readonly event: string | undefined;
  readonly isLive: boolean;
}

export type Search = Readonly<Record<string, unknown>>;

const CONTEXT = 'context.';
const isFilter = (name: string): boolean =>
  FILTER_NAMES.some((one) => one === name) || (name.startsWith(CONTEXT) && name.length > CONTEXT.length);

/** What of an address is ours; anything else in it is left alone. */
export function lookedFor(search: Search): Looked {
  const entries = Object.entries(search).flatMap(([name, value]): [string, string][] => {
    const text = textOf(value);
    return text === undefined || !isFilter(name) ? [] : [[name, text]];
  });
  const range = textOf(search['range']);
  return {
    filters: Object.fromEntries(entries),
    range: range !== undefined && isRange(range) ? range : undefined,
    from: textOf(search['from']),
    to: textOf(search['to']),
    event: textOf(search['event']),
    isLive: search['live'] !== undefined && textOf(search['to']) === undefined,
  };
}

/** The router reads numbers and the like out of an address; to the API all are texts. */
function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const isRange = (text: string): text is Range => Object.hasOwn(RANGES, text);

/** The query of the API. */
export function queryOf({ filters, range, from, to }: Looked, now: number): Filters {
  if (range !== undefined) return { ...filters, from: new Date(now - RANGES[range] * 1000).toISOString() };
  return {
    ...filters,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
}

/** The address for other filters: what is open is closed, the span of time stays. */
export const withFilters = (search: Search, filters: Filters): Record<string, unknown> => ({
  ...Object.fromEntries(Object.entries(search).filter(([name]) => !isFilter(name) && name !== 'event')),
  ...filters,
});

/** The address for another span of time. */
export function withSpan(
  search: Search,
  span: { readonly range?: Range; readonly from?: string; readonly to?: string },
): Record<string, unknown> {
  const { range: _range, from: _from, to: _to, event: _event, ...rest } = search;
  return { ...rest, ...span };
}

export const withEvent = (search: Search, event: string | undefined): Record<string, unknown> => {
  const { event: _event, ...rest } = search;
  return event === undefined ? rest : { ...rest, event };
};

export const withLive = (search: Search, isLive: boolean): Record<string, unknown> => {
  const { live: _live, ...rest } = search;
  return isLive ? { ...rest, live: 1 } : rest;
};

/** What of an address a saved view keeps. */
export const keptOf = ({ filters, range, from, to }: Looked): Filters => ({
  ...filters,
  ...(range === undefined ? {} : { range }),
  ...(range === undefined && from !== undefined ? { from } : {}),
  ...(range === undefined && to !== undefined ? { to } : {}),
});

export const isContext = (name: string): boolean => name.startsWith(CONTEXT);
export const contextKey = (name: string): string => name.slice(CONTEXT.length);
export const contextName = (key: string): string => CONTEXT + key;
