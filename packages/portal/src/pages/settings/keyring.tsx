/** Root key and keyring: what wraps what, how far a rotation is, and beginning one. */
import { RefreshCw } from 'lucide-react';
import { useState } from 'react';
import type { Answer } from '../../api/client.ts';
import { useApi, useChange } from '../../api/queries.ts';
import { useCan } from '../../api/session.ts';
import { count, plural } from '../../texts/numbers.ts';
import { settings } from '../../texts/settings.ts';
import { Button } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { CopyText } from '../../ui/copy.tsx';
import { Badge, Callout, Card, Facts, type Tone } from '../../ui/layout.tsx';
import { ListTable } from '../../ui/table.tsx';
import { TimeAgo } from '../../ui/time.tsx';
import { useToasts } from '../../ui/toast.tsx';
import type { Settings } from './settings-page.tsx';

type Keyring = Answer<'getKeyring'>;
type Key = Keyring['keys'][number];

const EVERY_MS = 5000;
const TONES: Readonly<Record<string, Tone>> = { primary: 'ok', distributed: 'accent', active: 'warn' };

export function KeyringCard({ vault }: { readonly vault: Settings['vault'] }) {
  const read = useApi('getKeyring', {}, { everyMs: EVERY_MS });
  const [asked, setAsked] = useState<'keyring' | 'root'>();
  const can = useCan();
  const close = () => setAsked(undefined);
  const isOurs = vault.root_key === 'data_dir_file';
  const keys = (read.data?.keys ?? []).filter(({ state }) => state !== 'disabled');
  return (
    <Card title={settings.keys} lead={settings.keysLead}>
      <div className="flex flex-col gap-5">
        <Facts
          items={[
            [
              settings.rootKey,
              read.data === undefined ? '…' : <CopyText key="id" text={read.data.root_key_id} />,
            ],
            [settings.rootKeyLies, settings.rootKeySources[vault.root_key]],
            [
              settings.rotatesItself,
              vault.keyring_rotate_days === 0
                ? settings.rotatesNever
                : settings.rotatesEvery(vault.keyring_rotate_days),
            ],
          ]}
        />
        <Progress keys={keys} />
        <div className="-mx-5 border-y border-line">
          <ListTable
            label={settings.keyringTable}
            list={read}
            items={keys}
            keyOf={(key) => key.key_id}
            columns={[
              { title: settings.purpose, cell: ({ purpose }) => settings.purposes[purpose] ?? purpose },
              {
                title: settings.state,
                cell: ({ state }) => (
                  <Badge tone={TONES[state] ?? 'neutral'}>{settings.states[state] ?? state}</Badge>
                ),
              },
              { title: settings.made, cell: (key) => <TimeAgo at={key.created_at} /> },
              {
                title: settings.wraps,
                cell: (key) =>
                  key.purpose === 'wrap'
                    ? settings.wrapsWhat(
                        plural(key.secret_versions, 'credential'),
                        plural(key.sealed_rows, 'other'),
                      )
                    : '–',
              },
            ]}
            empty={null}
          />
        </div>
        {can('keyring:rotate') && (
          <div className="flex flex-col gap-3">
            <div className="flex flex-wrap gap-2">
              <Button icon={<RefreshCw aria-hidden />} onClick={() => setAsked('keyring')}>
                {settings.rotateKeyring}
              </Button>
              {isOurs && (
                <Button icon={<RefreshCw aria-hidden />} onClick={() => setAsked('root')}>
                  {settings.rotateRootKey}
                </Button>
              )}
            </div>
            {!isOurs && <p className="text-[13px] text-ink-3">{settings.rootKeyElsewhere}</p>}
          </div>
        )}
      </div>
      {asked === 'keyring' && <RotateKeyring onClose={close} />}
      {asked === 'root' && <RotateRootKey onClose={close} />}
    </Card>
  );
}

const heldBy = (keys: readonly Key[]): number =>
  keys.reduce((sum, key) => sum + key.secret_versions + key.sealed_rows, 0);

function Progress({ keys }: { readonly keys: readonly Key[] }) {
  const wrapping = keys.filter(({ purpose }) => purpose === 'wrap');
  const isHandedOut = wrapping.some(({ state }) => state === 'distributed');
  const former = wrapping.filter(({ state }) => state === 'active');
  if (!isHandedOut && former.length === 0) return null;
  const all = heldBy(wrapping);
  const done = isHandedOut ? 0 : all - heldBy(former);
  const text = isHandedOut
    ? settings.rotationDistributed
    : done === all
      ? settings.rotationEnding
      : settings.rotationLeft(count(done), count(all));
  return (
    <Callout tone="accent" title={settings.rotating}>
      <p role="status">{text}</p>
      <div
        role="progressbar"
        aria-label={settings.rotating}
        aria-valuemin={0}
        aria-valuemax={all}
        aria-valuenow={done}
        className="mt-2 h-1.5 overflow-hidden rounded-full bg-surface"
      >
        <div
          className="h-full rounded-full bg-accent transition-[width]"
          style={{ width: `${all === 0 ? 100 : Math.round((done / all) * 100)}%` }}
        />
      </div>
    </Callout>
  );
}

function RotateKeyring({ onClose }: { readonly onClose: () => void }) {
  const toasts = useToasts();
  const rotate = useChange('rotateKeyring', {
    outdates: ['getKeyring'],
    onDone: () => {
      toasts.done(settings.rotationBegun);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={settings.rotateKeyring}
      action={settings.rotateKeyring}
      isBusy={rotate.isPending}
      error={rotate.error}
      onConfirm={() => rotate.mutate({})}
      onClose={onClose}
    >
      {settings.rotateKeyringText.map((text) => (
        <p key={text}>{text}</p>
      ))}
    </ConfirmDialog>
  );
}

function RotateRootKey({ onClose }: { readonly onClose: () => void }) {
  const toasts = useToasts();
  const rotate = useChange('rotateRootKey', {
    outdates: ['getKeyring'],
    onDone: ({ rewrapped }) => {
      toasts.done(settings.rootKeyRotated(plural(rewrapped, 'key')));
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={settings.rotateRootKey}
      action={settings.rotateRootKey}
      isBusy={rotate.isPending}
      error={rotate.error}
      onConfirm={() => rotate.mutate({})}
      onClose={onClose}
    >
      {settings.rotateRootKeyText.map((text) => (
        <p key={text}>{text}</p>
      ))}
    </ConfirmDialog>
  );
}
