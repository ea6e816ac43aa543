/** What is to be said of a managed secret. Pure. */
import type { ItemOf } from '../../api/queries.ts';
import type { secrets } from '../../texts/secrets.ts';
import type { Tone } from '../../ui/layout.tsx';

export type SecretItem = ItemOf<'listSecrets'>;

/** Which secrets the list shows, as the address says it. */
export const SHOWN = ['all', 'due', 'unused'] as const;
export type Shown = (typeof SHOWN)[number];

/** The vault reminds of a rotation from so many days before its date on. */
export const DUE_DAYS = 14;
export const UNUSED_DAYS = 90;
const DAY_MS = 24 * 3600 * 1000;

export type SecretState = keyof typeof secrets.states;

export const STATE_TONES: Readonly<Record<SecretState, Tone>> = {
  ready: 'ok',
  anyHost: 'warn',
  overlap: 'hold',
  due: 'warn',
  overdue: 'bad',
  unused: 'neutral',
};

/** What deserves a word; `ready` when nothing does. */
export function statesOf(secret: SecretItem, now: number): readonly SecretState[] {
  const rotateBy = secret.rotate_by === null ? Infinity : Date.parse(secret.rotate_by);
  const latest = Date.parse(secret.last_used_at ?? secret.created_at);
  const found: SecretState[] = [];
  if (rotateBy <= now) found.push('overdue');
  else if (rotateBy <= now + DUE_DAYS * DAY_MS) found.push('due');
  if (secret.allow_any_host) found.push('anyHost');
  if (secret.overlap_until !== null && Date.parse(secret.overlap_until) > now) found.push('overlap');
  if (latest < now - UNUSED_DAYS * DAY_MS) found.push('unused');
  return found.length === 0 ? ['ready'] : found;
}
