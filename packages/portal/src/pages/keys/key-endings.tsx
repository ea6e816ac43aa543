/** What ends an API key: being replaced, with a while in which both work, or being revoked. */
import { useState } from 'react';
import { useForm, useWatch } from 'react-hook-form';
import type { Answer } from '../../api/client.ts';
import { useChange } from '../../api/queries.ts';
import { expiry } from '../../texts/expiry.ts';
import { keys } from '../../texts/keys.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { expiresAt, ExpiryField, isAhead, LONG_SPANS, NEVER, type Expiry } from '../../ui/expiry-field.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { SelectField } from '../../ui/field.tsx';
import { ErrorNote } from '../../ui/layout.tsx';
import { NewKey } from '../../ui/new-key.tsx';
import { TimeAgo } from '../../ui/time.tsx';
import { useToasts } from '../../ui/toast.tsx';
import type { Key } from './key.ts';

const HOUR = 3600;
const GRACE_SECONDS = [HOUR, 24 * HOUR, 3 * 24 * HOUR, 7 * 24 * HOUR] as const;

const momentIn = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString();

interface Rotation {
  grace: string;
  expires_at: Expiry;
}

interface DialogProps {
  readonly app: string;
  readonly of: Key;
  readonly onClose: () => void;
}

export function RotateKey({ app, of: key, onClose }: DialogProps) {
  const form = useForm<Rotation>({ defaultValues: { grace: String(24 * HOUR), expires_at: NEVER } });
  const ends = useWatch({ control: form.control, name: 'expires_at' });
  const [made, setMade] = useState<Made>();
  const rotate = useChange('rotateKey', {
    outdates: ['listKeys'],
    onDone: (answer, { body }) => setMade({ answer, oldEndsAt: momentIn(body?.grace_seconds ?? 0) }),
  });
  if (made !== undefined) return <Replacement of={made} onClose={onClose} />;
  const submit = form.handleSubmit((values) => {
    const next = expiresAt(values.expires_at);
    rotate.mutate({
      params: { app, key_id: key.key_id },
      body: { grace_seconds: Number(values.grace), ...(next === undefined ? {} : { expires_at: next }) },
    });
  });
  return (
    <FormDialog
      title={keys.rotateTitle(key.name)}
      lead={keys.rotateLead}
      action={keys.rotate}
      isBusy={rotate.isPending}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      <SelectField
        label={keys.grace}
        options={[
          ...GRACE_SECONDS.map((seconds) => ({ value: String(seconds), label: expiry.for(seconds) })),
          { value: '0', label: keys.graceNone },
        ]}
        {...form.register('grace')}
      />
      <ExpiryField
        label={keys.newExpiry}
        never={key.expires_at === null ? expiry.never : keys.sameLifetime}
        spans={LONG_SPANS}
        value={ends}
        choice={form.register('expires_at.choice')}
        at={form.register('expires_at.at', { validate: (_, { expires_at: chosen }) => isAhead(chosen) })}
        error={form.formState.errors.expires_at?.at?.message}
      />
      <ErrorNote error={rotate.error} />
    </FormDialog>
  );
}

interface Made {
  readonly answer: Answer<'rotateKey'>;
  readonly oldEndsAt: string;
}

function Replacement({
  of: { answer, oldEndsAt },
  onClose,
}: {
  readonly of: Made;
  readonly onClose: () => void;
}) {
  return (
    <NewKey title={keys.rotated} apiKey={answer.api_key ?? ''} onClose={onClose}>
      <p className="text-[13px] text-ink-2">
        {keys.oldEnds} <TimeAgo at={oldEndsAt} />
      </p>
    </NewKey>
  );
}

export function RevokeKey({ app, of: key, onClose }: DialogProps) {
  const toasts = useToasts();
  const revoke = useChange('revokeKey', {
    outdates: ['listKeys', 'listAgents', 'getAgent'],
    onDone: () => {
      toasts.done(keys.revoked(key.name));
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={keys.revokeTitle(key.name)}
      action={keys.revoke}
      isBusy={revoke.isPending}
      error={revoke.error}
      onConfirm={() => revoke.mutate({ params: { app, key_id: key.key_id } })}
      onClose={onClose}
    >
      <p>{keys.revokeText}</p>
      <p>
        {key.last_used_at === null ? (
          keys.revokeNeverUsed
        ) : (
          <>
            {keys.revokeUsed} <TimeAgo at={key.last_used_at} />.
          </>
        )}
      </p>
    </ConfirmDialog>
  );
}
