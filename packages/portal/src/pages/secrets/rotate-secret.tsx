/** Replacing the credential of a secret: grants stay, the value before is shredded, at once or after a while. */
import { useForm } from 'react-hook-form';
import { useChange } from '../../api/queries.ts';
import { useAppName } from '../../shell/current-app.ts';
import { expiry } from '../../texts/expiry.ts';
import { count } from '../../texts/numbers.ts';
import { secret as words } from '../../texts/secret.ts';
import { SelectField } from '../../ui/field.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { otherIssues, showIssues } from '../../ui/forms.ts';
import { ErrorNote, SkeletonRows } from '../../ui/layout.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { CredentialFields, credentialOf, pathsOf, useCredentialFields } from './credential-fields.tsx';
import type { SecretItem } from './secret.ts';

interface Rotation {
  credential: Record<string, string>;
  overlap_seconds: string;
  next: string;
}

const HOUR = 3600;
const DAY = 24 * HOUR;
const OVERLAPS = [HOUR, DAY, 7 * DAY] as const;
const NEXT_DAYS = [30, 90, 180, 365] as const;
const DAY_MS = DAY * 1000;

const dateIn = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString();

export function RotateSecret({
  of: secret,
  onClose,
}: {
  readonly of: SecretItem;
  readonly onClose: () => void;
}) {
  const app = useAppName();
  const toasts = useToasts();
  const fields = useCredentialFields(secret);
  const form = useForm<Rotation>({ defaultValues: { credential: {}, overlap_seconds: '0', next: '' } });
  const paths = [...pathsOf(fields), 'overlap_seconds'] as const;
  const rotate = useChange('replaceCredential', {
    outdates: ['getSecret', 'listSecrets'],
    onDone: ({ version }) => {
      toasts.done(words.rotated(count(version)));
      onClose();
    },
  });
  const submit = form.handleSubmit(({ credential, overlap_seconds: overlap, next }) =>
    rotate.mutate(
      {
        params: { app, secret_id: secret.secret_id },
        body: {
          credential: credentialOf(fields, credential) ?? {},
          overlap_seconds: Number(overlap),
          rotate_by: next === '' ? null : dateIn(Number(next)),
        },
      },
      { onError: (error) => void showIssues(error, form.setError, paths) },
    ),
  );
  return (
    <FormDialog
      title={words.rotateTitle(secret.name)}
      lead={words.rotateLead}
      action={words.rotate}
      isBusy={rotate.isPending}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      {fields.length === 0 && <SkeletonRows rows={1} />}
      <CredentialFields form={form} fields={fields} isRequired />
      <SelectField
        label={words.overlap}
        hint={words.overlapHint}
        options={[
          { value: '0', label: words.overlapNone },
          ...OVERLAPS.map((seconds) => ({
            value: String(seconds),
            label: words.overlapFor(expiry.span(seconds)),
          })),
        ]}
        {...form.register('overlap_seconds')}
        error={form.formState.errors.overlap_seconds?.message}
      />
      <SelectField
        label={words.next}
        hint={words.nextHint}
        options={[
          { value: '', label: words.nextNone },
          ...NEXT_DAYS.map((days) => ({ value: String(days), label: words.nextIn(days) })),
        ]}
        {...form.register('next')}
      />
      <ErrorNote error={rotate.error} issues={otherIssues(rotate.error, paths)} />
    </FormDialog>
  );
}
