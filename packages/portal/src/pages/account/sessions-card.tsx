/** Where one is signed in, and ending what one does not know. */
import type { Answer } from '../../api/client.ts';
import { useChange, usePages } from '../../api/queries.ts';
import { account } from '../../texts/account.ts';
import { browserName } from '../../texts/browsers.ts';
import { Button } from '../../ui/button.tsx';
import { Badge, Card } from '../../ui/layout.tsx';
import { ListTable } from '../../ui/table.tsx';
import { TimeAgo } from '../../ui/time.tsx';
import { useToasts } from '../../ui/toast.tsx';

type OwnSession = Answer<'listSessions'>['items'][number];

const nameOf = (session: OwnSession): string => browserName(session.user_agent) ?? account.sessionUnknown;

export function SessionsCard() {
  const list = usePages('listSessions', {});
  const toasts = useToasts();
  const end = useChange('endSession', {
    outdates: ['listSessions'],
    onDone: () => toasts.done(account.sessionEnded),
  });
  const endOthers = useChange('endOtherSessions', {
    outdates: ['listSessions'],
    onDone: ({ ended }) => toasts.done(account.sessionsEnded(ended)),
  });
  const hasOthers = list.items.some((session) => !session.is_current);
  return (
    <Card
      title={account.sessions}
      lead={account.sessionsLead}
      isFlush
      actions={
        hasOthers ? (
          <Button
            size="small"
            isBusy={endOthers.isPending}
            onClick={() => endOthers.mutate({}, { onError: toasts.failed })}
          >
            {account.sessionsEndOthers}
          </Button>
        ) : undefined
      }
    >
      <ListTable
        label={account.sessionsTable}
        list={list}
        items={list.items}
        keyOf={(one) => one.session_id}
        columns={[
          {
            title: account.session,
            cell: (one) => (
              <span
                className="flex flex-wrap items-center gap-x-2 gap-y-1"
                title={one.user_agent ?? undefined}
              >
                <span className="font-medium">{nameOf(one)}</span>
                {one.is_current && <Badge tone="ok">{account.sessionCurrent}</Badge>}
              </span>
            ),
          },
          {
            title: account.sessionBegan,
            cell: (one) => (
              <span>
                <TimeAgo at={one.created_at} />{' '}
                {one.signed_in_by !== null && (
                  <span className="text-[13px] text-ink-3">{account.sessionBy[one.signed_in_by]}</span>
                )}
              </span>
            ),
          },
          { title: account.sessionFrom, cell: (one) => <code className="text-[13px]">{one.ip}</code> },
          { title: account.sessionSeen, cell: (one) => <TimeAgo at={one.last_seen_at} />, isExtra: true },
        ]}
        actions={(one) =>
          one.is_current ? null : (
            <Button
              size="small"
              look="quiet"
              aria-label={account.sessionEndOf(nameOf(one))}
              isBusy={end.isPending && end.variables.params.session_id === one.session_id}
              onClick={() =>
                end.mutate({ params: { session_id: one.session_id } }, { onError: toasts.failed })
              }
            >
              {account.sessionEnd}
            </Button>
          )
        }
        empty={null}
      />
    </Card>
  );
}
