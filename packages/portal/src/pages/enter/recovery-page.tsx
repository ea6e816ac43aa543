/** A forgotten password: asking for a link, and setting a new one by it. */
import { useNavigate } from '@tanstack/react-router';
import { useForm, useWatch } from 'react-hook-form';
import type { Answer } from '../../api/client.ts';
import { useApi, useChange } from '../../api/queries.ts';
import { common } from '../../texts/common.ts';
import { enter } from '../../texts/enter.ts';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { showIssues } from '../../ui/forms.ts';
import { Callout, ErrorNote, SkeletonRows } from '../../ui/layout.tsx';
import { NewPasswordField } from '../../ui/new-password-field.tsx';
import { TimeAgo, useNow } from '../../ui/time.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { EnterCard, ToSignIn } from './enter-card.tsx';
import { useLinkToken } from './link-token.ts';

export function RecoveryPage() {
  const token = useLinkToken();
  return (
    <>
      {token === '' ? <Ask /> : <ByLink token={token} />}
      <ToSignIn />
    </>
  );
}

function Ask() {
  const { data: offers, error } = useApi('getSignInOptions', {});
  const form = useForm({ defaultValues: { email: '' } });
  const ask = useChange('requestRecovery');
  const submit = form.handleSubmit((body) =>
    ask.mutate({ body }, { onError: (failure) => void showIssues(failure, form.setError, ['email']) }),
  );
  if (offers === undefined)
    return (
      <EnterCard title={enter.recovery}>
        {error === null ? <SkeletonRows rows={2} /> : <ErrorNote error={error} />}
      </EnterCard>
    );
  if (!offers.recovery)
    return (
      <EnterCard title={enter.recovery}>
        <Callout title={enter.recoveryNoMail}>{enter.recoveryNoMailHint}</Callout>
      </EnterCard>
    );
  if (ask.isSuccess)
    return (
      <EnterCard title={enter.recovery}>
        <Callout tone="ok" title={enter.recoveryAsked}>
          {enter.recoveryAskedHint}
        </Callout>
      </EnterCard>
    );
  return (
    <EnterCard title={enter.recovery} lead={enter.recoveryLead}>
      <form noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <TextField
          label={enter.email}
          type="email"
          autoComplete="username"
          {...form.register('email', { required: common.required })}
          error={form.formState.errors.email?.message}
        />
        <ErrorNote error={ask.error} issues={[]} />
        <Button type="submit" look="primary" isBusy={ask.isPending}>
          {enter.recoveryAsk}
        </Button>
      </form>
    </EnterCard>
  );
}

const EVERY_MS = 10_000;

function ByLink({ token }: { readonly token: string }) {
  const read = useApi('readRecovery', { body: { token } });
  const now = useNow(EVERY_MS);
  if (read.data === undefined)
    return (
      <EnterCard title={enter.recovery}>
        {read.isPending ? <SkeletonRows rows={2} /> : <ErrorNote error={read.error} />}
      </EnterCard>
    );
  if (Date.parse(read.data.counts_from) > now)
    return (
      <EnterCard title={enter.recovery}>
        <Callout
          title={
            <>
              {enter.recoveryLater} <TimeAgo at={read.data.counts_from} />.
            </>
          }
        >
          {enter.recoveryLaterHint}
        </Callout>
      </EnterCard>
    );
  return <Choose token={token} recovery={read.data} />;
}

function Choose({ token, recovery }: { readonly token: string; readonly recovery: Answer<'readRecovery'> }) {
  const navigate = useNavigate();
  const toasts = useToasts();
  const form = useForm({ defaultValues: { new_password: '' } });
  const chosen = useWatch({ control: form.control, name: 'new_password' });
  const complete = useChange('completeRecovery', {
    onDone: async () => {
      toasts.done(enter.recoveryDone);
      await navigate({ to: '/sign-in', replace: true });
    },
  });
  const submit = form.handleSubmit(({ new_password }) =>
    complete.mutate(
      { body: { token, new_password } },
      { onError: (error) => void showIssues(error, form.setError, ['new_password']) },
    ),
  );
  return (
    <EnterCard title={enter.recovery} lead={enter.recoveryEnds}>
      <form noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <TextField
          label={enter.recoveryFor}
          type="email"
          autoComplete="username"
          readOnly
          value={recovery.email ?? ''}
        />
        <NewPasswordField
          field={form.register('new_password', { required: common.required })}
          value={chosen}
          about={recovery.email ?? ''}
          error={form.formState.errors.new_password?.message}
        />
        <ErrorNote error={complete.error} issues={[]} />
        <Button type="submit" look="primary" isBusy={complete.isPending}>
          {enter.recovery}
        </Button>
      </form>
    </EnterCard>
  );
}
