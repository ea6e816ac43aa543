/** The state of a held call in a word and a colour. */
import { approvals } from '../../texts/approvals.ts';
import { Badge, type Tone } from '../../ui/layout.tsx';
import type { Status } from './states.ts';

const TONES: Readonly<Record<Status, Tone>> = {
  pending: 'hold',
  approved: 'accent',
  executing: 'accent',
  executed: 'ok',
  failed: 'bad',
  denied: 'bad',
  expired: 'neutral',
  cancelled: 'neutral',
};

export function StatusBadge({ status }: { readonly status: Status }) {
  return <Badge tone={TONES[status]}>{approvals.statuses[status]}</Badge>;
}
