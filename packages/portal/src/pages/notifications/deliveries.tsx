/** What became of the notices of a channel, newest first, read anew while it is in sight. */
import { Inbox } from 'lucide-react';
import { usePages, type ItemOf } from '../../api/queries.ts';
import { useAppName } from '../../shell/current-app.ts';
import { notifications } from '../../texts/notifications.ts';
import { Badge, Card, EmptyState, type Tone } from '../../ui/layout.tsx';
import { ListTable } from '../../ui/table.tsx';
import { TimeAgo } from '../../ui/time.tsx';
import { EVENTS, type Channel } from './channel-draft.ts';

type Delivery = ItemOf<'listDeliveries'>;

const EVERY_MS = 5000;
const TONES: Readonly<Record<Delivery['status'], Tone>> = { pending: 'hold', delivered: 'ok', dead: 'bad' };

export function Deliveries({ channel }: { readonly channel: Channel }) {
  const app = useAppName();
  const list = usePages(
    'listDeliveries',
    { params: { app, channel_id: channel.channel_id } },
    { everyMs: EVERY_MS },
  );
  return (
    <Card title={notifications.deliveries} lead={notifications.deliveriesLead} isFlush>
      <ListTable
        label={notifications.deliveries}
        list={list}
        items={list.items}
        keyOf={(one) => one.delivery_id}
        columns={[
          { title: notifications.event, cell: (one) => eventName(one.event) },
          {
            title: notifications.status,
            cell: (one) => <Badge tone={TONES[one.status]}>{notifications.statuses[one.status]}</Badge>,
          },
          { title: notifications.attempts, align: 'right', cell: (one) => one.attempts },
          { title: notifications.result, cell: (one) => answerOf(one) },
          { title: notifications.made, cell: (one) => <TimeAgo at={one.created_at} /> },
          {
            title: notifications.next,
            cell: (one) => <TimeAgo at={one.next_attempt_at} none="–" />,
            isExtra: true,
          },
        ]}
        empty={
          <EmptyState icon={<Inbox />} title={notifications.noDeliveries}>
            {notifications.noDeliveriesText}
          </EmptyState>
        }
      />
    </Card>
  );
}

/** A newer vault may know of more. */
function eventName(event: string): string {
  const known = EVENTS.find((one) => one === event);
  return known === undefined ? event : notifications.eventNames[known];
}

function answerOf({ status_code: status, code, attempts }: Delivery) {
  if (attempts === 0) return <span className="text-ink-3">{notifications.noAnswer}</span>;
  return (
    <span className="font-mono text-[13px] [overflow-wrap:anywhere]">
      {[status, code].filter((part) => part !== null).join(' ')}
    </span>
  );
}
