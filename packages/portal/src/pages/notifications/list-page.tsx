/** The channels of an app: where its notices go, and what each tells of. */
import { Link, useNavigate } from '@tanstack/react-router';
import { Bell, Plus } from 'lucide-react';
import { useState } from 'react';
import { usePages } from '../../api/queries.ts';
import { useCan } from '../../api/session.ts';
import { useAppName } from '../../shell/current-app.ts';
import { notifications } from '../../texts/notifications.ts';
import { Button } from '../../ui/button.tsx';
import { Badge, Card, EmptyState, Page } from '../../ui/layout.tsx';
import { ListTable } from '../../ui/table.tsx';
import { TimeAgo } from '../../ui/time.tsx';
import { EVENTS, type Channel } from './channel-draft.ts';
import { NewChannel } from './new-channel.tsx';

export function ListPage() {
  const app = useAppName();
  const can = useCan();
  const navigate = useNavigate();
  const [isCreating, setCreating] = useState(false);
  const list = usePages('listChannels', { params: { app } });
  const open = (channel: string) =>
    void navigate({ to: '/apps/$app/notifications/$channel', params: { app, channel } });
  const create = can('channels:write') && (
    <Button look="primary" icon={<Plus aria-hidden />} onClick={() => setCreating(true)}>
      {notifications.newChannel}
    </Button>
  );
  return (
    <Page title={notifications.title} lead={notifications.lead} actions={create}>
      <Card isFlush>
        <ListTable
          label={notifications.table}
          list={list}
          items={list.items}
          keyOf={(one) => one.channel_id}
          onOpen={(one) => open(one.channel_id)}
          columns={[
            {
              title: notifications.name,
              cell: (one) => (
                <span className="flex flex-wrap items-center gap-2">
                  <Link
                    to="/apps/$app/notifications/$channel"
                    params={{ app, channel: one.channel_id }}
                    className="font-medium [overflow-wrap:anywhere] hover:underline"
                  >
                    {one.name}
                  </Link>
                  <Badge>{notifications.types[one.type].label}</Badge>
                </span>
              ),
            },
            {
              title: notifications.target,
              className: '[overflow-wrap:anywhere]',
              cell: (one) => <Target channel={one} />,
            },
            {
              title: notifications.about,
              cell: (one) =>
                one.events === null
                  ? notifications.everything
                  : notifications.countOf(one.events.length, EVENTS.length),
            },
            { title: notifications.changed, cell: (one) => <TimeAgo at={one.updated_at} />, isExtra: true },
          ]}
          empty={
            <EmptyState icon={<Bell />} title={notifications.emptyTitle} actions={create}>
              {notifications.emptyText}
            </EmptyState>
          }
        />
      </Card>
      {isCreating && <NewChannel onClose={() => setCreating(false)} onDone={open} />}
    </Page>
  );
}

function Target({ channel: { url, to } }: { readonly channel: Channel }) {
  if (url !== null) return <code className="font-mono text-[13px]">{url}</code>;
  if (to !== null) return <>{to.join(', ')}</>;
  return <span className="text-ink-3">{notifications.slackTarget}</span>;
}
