/** Who one is to the others. */
import { useForm } from 'react-hook-form';
import { useChange } from '../../api/queries.ts';
import { renewSession, useSession } from '../../api/session.ts';
import { account } from '../../texts/account.ts';
import { roles } from '../../texts/roles.ts';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { showIssues } from '../../ui/forms.ts';
import { Card, ErrorNote, Facts } from '../../ui/layout.tsx';
import { useToasts } from '../../ui/toast.tsx';

export function ProfileCard() {
  const session = useSession();
  const toasts = useToasts();
  const form = useForm({ values: { display_name: session.display_name ?? '' } });
  const change = useChange('changeProfile', {
    onDone: (changed) => {
      renewSession(changed);
      toasts.done(account.saved);
    },
  });
  const submit = form.handleSubmit(({ display_name: name }) =>
    change.mutate(
      { body: { display_name: name.trim() === '' ? null : name.trim() } },
      { onError: (error) => void showIssues(error, form.setError, ['display_name']) },
    ),
  );
  return (
    <Card title={account.profile}>
      <div className="flex flex-col gap-5">
        <Facts
          items={[
            [account.email, session.email ?? account.noEmail],
            [account.role, roles[session.role].label],
          ]}
        />
        <form noValidate onSubmit={(event) => void submit(event)} className="flex max-w-md flex-col gap-3">
          <TextField
            label={account.displayName}
            hint={account.displayNameHint}
            isOptional
            autoComplete="name"
            {...form.register('display_name')}
            error={form.formState.errors.display_name?.message}
            after={
              <Button type="submit" isBusy={change.isPending} disabled={!form.formState.isDirty}>
                {account.save}
              </Button>
            }
          />
          <ErrorNote error={change.error} issues={[]} />
        </form>
      </div>
    </Card>
  );
}
