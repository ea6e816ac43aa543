/** Texts of what a secret or an agent was used for. */
import { count, plural } from './numbers.ts';

export const usage = {
  title: 'Usage',
  spans: { day: '24 hours', week: '7 days', month: '30 days' },
  spanLabel: 'Span of the chart',
  chart: 'Calls',
  through: 'Went through',
  held: 'Held',
  denied: 'Denied',
  failed: 'Failed',
  calls: (calls: number) => plural(calls, 'call'),
  heldCalls: (calls: number) => `${count(calls)} held`,
  deniedCalls: (calls: number) => `${count(calls)} denied`,
  failedCalls: (calls: number) => `${count(calls)} failed`,
  sent: (size: string) => `${size} sent`,
  received: (size: string) => `${size} received`,
  none: 'Nothing was called in this span.',
} as const;
