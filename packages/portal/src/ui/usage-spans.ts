/** The spans that usage is shown over. Apart from the chart, which is loaded only where it is drawn. */
export const USAGE_SPANS = ['day', 'week', 'month'] as const;
export type UsageSpan = (typeof USAGE_SPANS)[number];

const HOUR_MS = 3_600_000;
const DAYS: Readonly<Record<UsageSpan, number>> = { day: 1, week: 7, month: 30 };

/** As the endpoints of usage take it. Within an hour the same is asked for. */
export function usageQuery(span: UsageSpan): { from: string; bucket: 'hour' | 'day' } {
  const hour = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
  return {
    from: new Date(hour - DAYS[span] * 24 * HOUR_MS).toISOString(),
    bucket: span === 'month' ? 'day' : 'hour',
  };
}
