/** Changing one's password, or setting the first: then the API asks for a step-up instead of the one before. */
import { useForm, useWatch } from 'react-hook-form';
import { useChange } from '../../api/queries.ts';
import { renewSession, useSession } from '../../api/session.ts';
import { account } from '../../texts/account.ts';
import { common } from '../../texts/common.ts';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { showIssues } from '../../ui/forms.ts';
import { Card, ErrorNote } from '../../ui/layout.tsx';
import { NewPasswordField } from '../../ui/new-password-field.tsx';
import { useToasts } from '../../ui/toast.tsx';

export function PasswordCard() {
  const session = useSession();
  const toasts = useToasts();
  const form = useForm({ defaultValues: { current_password: '', new_password: '' } });
  const next = useWatch({ control: form.control, name: 'new_password' });
  const change = useChange('changePassword', {
    outdates: ['listSessions'],
    onDone: (renewed) => {
      renewSession(renewed);
      form.reset();
      toasts.done(account.passwordChanged);
    },
  });
  const submit = form.handleSubmit(({ current_password: current, new_password }) =>
    change.mutate(
      { body: { new_password, ...(session.has_password ? { current_password: current } : {}) } },
      { onError: (error) => void showIssues(error, form.setError, ['new_password']) },
    ),
  );
  const { errors } = form.formState;
  return (
    <Card title={account.password} lead={session.has_password ? account.passwordLead : account.noPassword}>
      <form noValidate onSubmit={(event) => void submit(event)} className="flex max-w-md flex-col gap-4">
        {session.has_password && (
          <TextField
            label={account.currentPassword}
            type="password"
            autoComplete="current-password"
            {...form.register('current_password', { required: common.required })}
            error={errors.current_password?.message}
          />
        )}
        <NewPasswordField
          field={form.register('new_password', { required: common.required })}
          value={next}
          about={`${session.email ?? ''} ${session.display_name ?? ''}`}
          error={errors.new_password?.message}
        />
        <ErrorNote error={change.error} issues={[]} />
        <div>
          <Button type="submit" isBusy={change.isPending}>
            {session.has_password ? account.changePassword : account.setPassword}
          </Button>
        </div>
      </form>
    </Card>
  );
}
