/** Which held calls a list shows, as the address says it. Pure. */
import type { Answer } from '../../api/client.ts';

export type Status = Answer<'getApproval'>['status'];

/** `pending` is what stands without a word in the address. */
export const SHOWN = ['pending', 'executed', 'denied', 'failed', 'expired', 'cancelled', 'all'] as const;
export type Shown = (typeof SHOWN)[number];

export const shownOf = (text: string | undefined): Shown => SHOWN.find((one) => one === text) ?? 'pending';

const DECISIONS = ['approve', 'deny'] as const;
export type Decision = (typeof DECISIONS)[number];

export const decisionOf = (text: string | undefined): Decision | undefined =>
  DECISIONS.find((one) => one === text);
