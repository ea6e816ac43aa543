/** One's account at the identity provider: linked and unlinked. Only where the vault has single sign-on. */
import { useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useApi, useChange, useWork } from '../../api/queries.ts';
import { useSession } from '../../api/session.ts';
import { linkSso } from '../../api/sso.ts';
import { sso } from '../../texts/sso.ts';
import { Button } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { Badge, Callout, Card, ErrorNote } from '../../ui/layout.tsx';
import { SsoButton, SsoFaultNote } from '../../ui/sso.tsx';
import { useToasts } from '../../ui/toast.tsx';

const LINKED = 'linked';

export function SsoCard() {
  const { has_sso: isLinked, has_password: hasPassword, passkeys } = useSession();
  const { sso: cameBackWith } = useSearch({ from: '/inside/account' });
  const { data: offers } = useApi('getSignInOptions', {});
  const [isUnlinking, setUnlinking] = useState(false);
  const link = useWork(linkSso);
  const name = offers?.sso?.name;
  if (name === undefined) return null;
  const isOnlyWay = !hasPassword && passkeys === 0;
  return (
    <Card title={sso.title} lead={sso.lead(name)}>
      <div className="flex flex-col gap-4">
        {cameBackWith === LINKED
          ? isLinked && <Callout tone="ok">{sso.linkedNow}</Callout>
          : !link.isPending && <SsoFaultNote word={cameBackWith} />}
        <ErrorNote error={link.error} />
        <div className="flex flex-wrap items-center gap-3">
          <Badge tone={isLinked ? 'ok' : 'neutral'}>{isLinked ? sso.isLinked : sso.isNotLinked}</Badge>
          {!isLinked && (
            <SsoButton isBusy={link.isPending} onClick={() => link.mutate()}>
              {sso.link(name)}
            </SsoButton>
          )}
          {isLinked && !isOnlyWay && <Button onClick={() => setUnlinking(true)}>{sso.unlink}</Button>}
        </div>
        {isLinked && isOnlyWay && <p className="text-[13px] text-ink-2">{sso.onlyWay}</p>}
      </div>
      {isUnlinking && <UnlinkDialog name={name} onClose={() => setUnlinking(false)} />}
    </Card>
  );
}

function UnlinkDialog({ name, onClose }: { readonly name: string; readonly onClose: () => void }) {
  const toasts = useToasts();
  const unlink = useChange('unlinkSso', {
    outdates: ['getSession', 'listMembers'],
    onDone: () => {
      toasts.done(sso.unlinked);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={sso.unlinkTitle(name)}
      action={sso.unlink}
      isBusy={unlink.isPending}
      error={unlink.error}
      onConfirm={() => unlink.mutate({})}
      onClose={onClose}
    >
      <p>{sso.unlinkText}</p>
    </ConfirmDialog>
  );
}
