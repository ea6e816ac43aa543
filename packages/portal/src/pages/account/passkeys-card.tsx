/** One's passkeys: added with a name, renamed, removed. */
import { KeyRound, Pencil, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useForm } from 'react-hook-form';
import type { Answer } from '../../api/client.ts';
import { addPasskey, knowsPasskeys } from '../../api/passkeys.ts';
import { useApi, useChange, usePages, useWork } from '../../api/queries.ts';
import { account } from '../../texts/account.ts';
import { common } from '../../texts/common.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { showIssues } from '../../ui/forms.ts';
import { Badge, Callout, Card, EmptyState, ErrorNote } from '../../ui/layout.tsx';
import { ListTable } from '../../ui/table.tsx';
import { TimeAgo } from '../../ui/time.tsx';
import { useToasts } from '../../ui/toast.tsx';

type Passkey = Answer<'listPasskeys'>['items'][number];
type Doing = { readonly what: 'add' } | { readonly what: 'rename' | 'remove'; readonly passkey: Passkey };

export function PasskeysCard() {
  const list = usePages('listPasskeys', {});
  const [doing, setDoing] = useState<Doing>();
  const { data: offers } = useApi('getSignInOptions', {});
  const whyNot = !knowsPasskeys() ? account.passkeysNoBrowser : offers?.passkeys.reason;
  const close = () => setDoing(undefined);
  return (
    <Card
      title={account.passkeys}
      lead={account.passkeysLead}
      isFlush
      actions={
        offers?.passkeys.available === true && knowsPasskeys() ? (
          <Button size="small" icon={<Plus aria-hidden />} onClick={() => setDoing({ what: 'add' })}>
            {account.addPasskey}
          </Button>
        ) : undefined
      }
    >
      {typeof whyNot === 'string' && (
        <div className="px-5 pt-1 pb-4">
          <Callout title={account.passkeysNotHere}>{whyNot}</Callout>
        </div>
      )}
      <ListTable
        label={account.passkeysTable}
        list={list}
        items={list.items}
        keyOf={(one) => one.passkey_id}
        columns={[
          {
            title: account.passkeyName,
            cell: (one) => (
              <span className="flex flex-wrap items-center gap-2 font-medium [overflow-wrap:anywhere]">
                {one.name}
                {one.is_synced && <Badge title={account.syncedHint}>{account.synced}</Badge>}
              </span>
            ),
          },
          { title: account.created, cell: (one) => <TimeAgo at={one.created_at} />, isExtra: true },
          { title: account.lastUsed, cell: (one) => <TimeAgo at={one.last_used_at} /> },
        ]}
        actions={(passkey) => (
          <span className="inline-flex">
            <IconButton
              label={`${account.passkeyRename} ${passkey.name}`}
              onClick={() => setDoing({ what: 'rename', passkey })}
            >
              <Pencil aria-hidden />
            </IconButton>
            <IconButton
              label={`${account.passkeyRemove} ${passkey.name}`}
              onClick={() => setDoing({ what: 'remove', passkey })}
            >
              <Trash2 aria-hidden />
            </IconButton>
          </span>
        )}
        empty={
          whyNot === undefined || whyNot === null ? (
            <EmptyState icon={<KeyRound />} title={account.passkeysEmpty}>
              {account.passkeysEmptyText}
            </EmptyState>
          ) : null
        }
      />
      {doing?.what === 'add' && <AddDialog onClose={close} />}
      {doing?.what === 'rename' && <RenameDialog passkey={doing.passkey} onClose={close} />}
      {doing?.what === 'remove' && <RemoveDialog passkey={doing.passkey} onClose={close} />}
    </Card>
  );
}

interface DialogProps {
  readonly onClose: () => void;
}

function AddDialog({ onClose }: DialogProps) {
  const toasts = useToasts();
  const form = useForm({ defaultValues: { name: '' } });
  const add = useWork(addPasskey, {
    outdates: ['listPasskeys', 'getSession', 'listMembers'],
    onDone: () => {
      toasts.done(account.passkeyAdded);
      onClose();
    },
  });
  const submit = form.handleSubmit(({ name }) =>
    add.mutate(name.trim(), { onError: (error) => void showIssues(error, form.setError, ['name']) }),
  );
  return (
    <Dialog isOpen onClose={onClose} title={account.addPasskey} lead={account.addPasskeyLead}>
      <form noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-4 pt-1">
        <TextField
          label={account.passkeyName}
          hint={account.passkeyNameHint}
          placeholder={account.passkeyNameExample}
          {...form.register('name', { required: common.required })}
          error={form.formState.errors.name?.message}
        />
        <ErrorNote error={add.error} issues={[]} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{common.cancel}</Button>
          <Button type="submit" look="primary" isBusy={add.isPending}>
            {account.addPasskey}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function RenameDialog({ passkey, onClose }: DialogProps & { readonly passkey: Passkey }) {
  const form = useForm({ defaultValues: { name: passkey.name } });
  const rename = useChange('renamePasskey', { outdates: ['listPasskeys'], onDone: onClose });
  const submit = form.handleSubmit(({ name }) =>
    rename.mutate(
      { params: { passkey_id: passkey.passkey_id }, body: { name: name.trim() } },
      { onError: (error) => void showIssues(error, form.setError, ['name']) },
    ),
  );
  return (
    <Dialog isOpen onClose={onClose} title={account.passkeyRenameTitle}>
      <form noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-4 pt-1">
        <TextField
          label={account.passkeyName}
          {...form.register('name', { required: common.required })}
          error={form.formState.errors.name?.message}
        />
        <ErrorNote error={rename.error} issues={[]} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{common.cancel}</Button>
          <Button type="submit" look="primary" isBusy={rename.isPending}>
            {account.passkeyRename}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function RemoveDialog({ passkey, onClose }: DialogProps & { readonly passkey: Passkey }) {
  const toasts = useToasts();
  const remove = useChange('removePasskey', {
    outdates: ['listPasskeys', 'getSession', 'listMembers'],
    onDone: () => {
      toasts.done(account.passkeyRemoved);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={account.passkeyRemoveTitle(passkey.name)}
      action={account.passkeyRemove}
      isBusy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate({ params: { passkey_id: passkey.passkey_id } })}
      onClose={onClose}
    >
      <p>{account.passkeyRemoveText}</p>
    </ConfirmDialog>
  );
}
