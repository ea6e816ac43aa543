/** One's access tokens. */
import { Plus, SquareTerminal } from 'lucide-react';
import { useState } from 'react';
import type { Answer } from '../../api/client.ts';
import { useChange, usePages } from '../../api/queries.ts';
import { account } from '../../texts/account.ts';
import { Button } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { Card, EmptyState } from '../../ui/layout.tsx';
import { ListTable } from '../../ui/table.tsx';
import { TimeAgo } from '../../ui/time.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { NewTokenDialog } from './new-token-dialog.tsx';

type Token = Answer<'listTokens'>['items'][number];

export function TokensCard() {
  const list = usePages('listTokens', {});
  const [isMaking, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<Token>();
  return (
    <Card
      title={account.tokens}
      lead={account.tokensLead}
      isFlush
      actions={
        <Button size="small" icon={<Plus aria-hidden />} onClick={() => setMaking(true)}>
          {account.tokenNew}
        </Button>
      }
    >
      <ListTable
        label={account.tokensTable}
        list={list}
        items={list.items}
        keyOf={(one) => one.token_id}
        columns={[
          {
            title: account.tokenName,
            cell: (one) => (
              <span className="flex flex-col">
                <span className="font-medium [overflow-wrap:anywhere]">{one.name}</span>
                <code className="text-xs text-ink-3">{one.prefix}…</code>
              </span>
            ),
          },
          {
            title: account.tokenScopes,
            cell: (one) => (
              <span title={one.scopes.join(', ')}>{account.tokenScopeCount(one.scopes.length)}</span>
            ),
          },
          { title: account.created, cell: (one) => <TimeAgo at={one.created_at} />, isExtra: true },
          { title: account.tokenExpires, cell: (one) => <TimeAgo at={one.expires_at} /> },
        ]}
        actions={(one) => (
          <Button
            size="small"
            look="quiet"
            aria-label={`${account.tokenRevoke} ${one.name}`}
            onClick={() => setRevoking(one)}
          >
            {account.tokenRevoke}
          </Button>
        )}
        empty={
          <EmptyState icon={<SquareTerminal />} title={account.tokensEmpty}>
            {account.tokensEmptyText}
          </EmptyState>
        }
      />
      {isMaking && <NewTokenDialog onClose={() => setMaking(false)} />}
      {revoking !== undefined && <RevokeDialog token={revoking} onClose={() => setRevoking(undefined)} />}
    </Card>
  );
}

function RevokeDialog({ token, onClose }: { readonly token: Token; readonly onClose: () => void }) {
  const toasts = useToasts();
  const revoke = useChange('revokeToken', {
    outdates: ['listTokens'],
    onDone: () => {
      toasts.done(account.tokenRevoked);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={account.tokenRevokeTitle(token.name)}
      action={account.tokenRevoke}
      isBusy={revoke.isPending}
      error={revoke.error}
      onConfirm={() => revoke.mutate({ params: { token_id: token.token_id } })}
      onClose={onClose}
    >
      <p>{account.tokenRevokeText}</p>
    </ConfirmDialog>
  );
}
