/** The spans that the figures can be of, as they stand in the address. Pure. */
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Figures are counted by five minutes: within them the same span is asked for. */
const GRAIN_MS = 5 * MINUTE_MS;

const LENGTH_MS = { hour: HOUR_MS, day: 24 * HOUR_MS, week: 168 * HOUR_MS, month: 720 * HOUR_MS } as const;

export type Span = keyof typeof LENGTH_MS;

export const SPANS: readonly Span[] = ['hour', 'day', 'week', 'month'];

export const spanOf = (text: string | undefined): Span => SPANS.find((one) => one === text) ?? 'day';

export const fromOf = (span: Span, now: number): string =>
  new Date(Math.floor(now / GRAIN_MS) * GRAIN_MS - LENGTH_MS[span]).toISOString();
