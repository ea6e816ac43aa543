/** One channel: its settings, a test, its signing secret, and what became of its notices. */
import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useApi } from '../../api/queries.ts';
import { useCan } from '../../api/session.ts';
import { useAppName } from '../../shell/current-app.ts';
import { notifications } from '../../texts/notifications.ts';
import { Callout, Card, ErrorNote, Facts, Page, SkeletonRows } from '../../ui/layout.tsx';
import { LinkButton } from '../../ui/link-button.tsx';
import type { Channel } from './channel-draft.ts';
import { ChannelSettings } from './channel-settings.tsx';
import { DeleteChannel } from './delete-channel.tsx';
import { Deliveries } from './deliveries.tsx';
import { OnceSecret, type ShownSecret } from './once-secret.tsx';
import { RotateSecret } from './rotate-secret.tsx';
import { TestChannel } from './test-channel.tsx';

export function ChannelPage() {
  const app = useAppName();
  const { channel: channelId } = useParams({ from: '/inside/apps/$app/notifications/$channel' });
  const found = useApi('getChannel', { params: { app, channel_id: channelId } });
  if (found.data === undefined)
    return (
      <Page title={notifications.title}>
        {found.isPending ? (
          <SkeletonRows />
        ) : (
          <ErrorNote error={found.error} onRetry={() => void found.refetch()} />
        )}
      </Page>
    );
  return <Loaded key={channelId} channel={found.data} />;
}

function Loaded({ channel }: { readonly channel: Channel }) {
  const app = useAppName();
  const can = useCan();
  const navigate = useNavigate();
  const [shown, setShown] = useState<ShownSecret>();
  const mayWrite = can('channels:write');
  return (
    <Page
      title={channel.name}
      lead={`${notifications.types[channel.type].label}: ${notifications.types[channel.type].hint}`}
      actions={
        <>
          <LinkButton to="/apps/$app/notifications" params={{ app }}>
            {notifications.backToList}
          </LinkButton>
          {mayWrite && channel.type === 'webhook' && <RotateSecret channel={channel} onDone={setShown} />}
          {mayWrite && (
            <DeleteChannel
              channel={channel}
              onDone={() => void navigate({ to: '/apps/$app/notifications', params: { app } })}
            />
          )}
        </>
      }
    >
      <div className="grid min-w-0 items-start gap-6 xl:grid-cols-[minmax(0,26rem)_minmax(0,1fr)]">
        <div className="flex min-w-0 flex-col gap-6">
          {mayWrite ? (
            <>
              <ChannelSettings channel={channel} onSecret={(secret) => setShown({ secret })} />
              <TestChannel channel={channel} />
            </>
          ) : (
            <ReadOnly channel={channel} />
          )}
        </div>
        <Deliveries channel={channel} />
      </div>
      {shown !== undefined && <OnceSecret shown={shown} onClose={() => setShown(undefined)} />}
    </Page>
  );
}

function ReadOnly({ channel: { url, to, from, events } }: { readonly channel: Channel }) {
  return (
    <>
      <Callout>{notifications.readOnly}</Callout>
      <Card title={notifications.settings}>
        <Facts
          items={[
            [notifications.target, url ?? to?.join(', ') ?? notifications.slackTarget],
            ...(from === null ? [] : [[notifications.from, from] as const]),
            [
              notifications.about,
              events === null
                ? notifications.everything
                : events.map((event) => notifications.eventNames[event]).join(', '),
            ],
          ]}
        />
      </Card>
    </>
  );
}
