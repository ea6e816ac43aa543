/** One test notice, at once, and how it went. */
import { Send } from 'lucide-react';
import { useChange } from '../../api/queries.ts';
import { useAppName } from '../../shell/current-app.ts';
import { notifications } from '../../texts/notifications.ts';
import { Button } from '../../ui/button.tsx';
import { Callout, ErrorNote } from '../../ui/layout.tsx';
import type { Channel } from './channel-draft.ts';

export function TestChannel({ channel }: { readonly channel: Channel }) {
  const app = useAppName();
  const test = useChange('testChannel');
  const told = test.data;
  const status = told?.status_code == null ? '' : notifications.testStatus(told.status_code);
  return (
    <div className="flex flex-col gap-3" aria-live="polite">
      <div>
        <Button
          icon={<Send aria-hidden />}
          isBusy={test.isPending}
          onClick={() => test.mutate({ params: { app, channel_id: channel.channel_id } })}
        >
          {notifications.test}
        </Button>
      </div>
      <ErrorNote error={test.error} />
      {told?.ok === true && <Callout tone="ok" title={notifications.testDone(status)} />}
      {told?.ok === false && (
        <Callout tone="bad" title={notifications.testFailed}>
          <p>{notifications.testWhy(told.code ?? '', status)}</p>
          <p>{notifications.testHint}</p>
        </Callout>
      )}
    </div>
  );
}
