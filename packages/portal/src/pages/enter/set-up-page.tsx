/** The first owner, once. The token may come in the fragment of the address, which no server gets to see. */
import { Link, useNavigate } from '@tanstack/react-router';
import { useForm, useWatch } from 'react-hook-form';
import { call } from '../../api/client.ts';
import { useChange } from '../../api/queries.ts';
import { adoptSession } from '../../api/session.ts';
import { common } from '../../texts/common.ts';
import { enter } from '../../texts/enter.ts';
import { Button } from '../../ui/button.tsx';
import { SecretField, TextField } from '../../ui/field.tsx';
import { showIssues } from '../../ui/forms.ts';
import { ErrorNote } from '../../ui/layout.tsx';
import { NewPasswordField } from '../../ui/new-password-field.tsx';
import { useLinkToken } from './link-token.ts';

export function SetUpPage() {
  const navigate = useNavigate();
  const token = useLinkToken();
  const form = useForm({ defaultValues: { setup_token: token, email: '', password: '' } });
  const setUp = useChange('setUp', {
    onDone: async () => {
      // Set-up opened the session; what it answers with is for programs.
      adoptSession(await call('getSession', {}));
      await navigate({ to: '/', replace: true });
    },
  });
  const submit = form.handleSubmit((body) =>
    setUp.mutate(
      { body },
      { onError: (error) => void showIssues(error, form.setError, ['setup_token', 'email', 'password']) },
    ),
  );
  const { errors } = form.formState;
  const [email, password] = useWatch({ control: form.control, name: ['email', 'password'] });
  return (
    <>
      <form
        noValidate
        onSubmit={(event) => void submit(event)}
        className="flex flex-col gap-4 rounded-2xl border border-line bg-surface p-6 shadow-card"
      >
        <div>
          <h1 className="text-lg font-semibold">{enter.setUp}</h1>
          <p className="text-ink-2">{enter.setUpLead}</p>
        </div>
        <SecretField
          label={enter.setupToken}
          {...form.register('setup_token', { required: common.required })}
          error={errors.setup_token?.message}
        />
        <TextField
          label={enter.email}
          type="email"
          autoComplete="username"
          {...form.register('email', { required: common.required })}
          error={errors.email?.message}
        />
        <NewPasswordField
          field={form.register('password', { required: common.required })}
          value={password}
          about={email}
          error={errors.password?.message}
        />
        <ErrorNote error={setUp.error} issues={[]} />
        <Button type="submit" look="primary" isBusy={setUp.isPending}>
          {enter.setUpDone}
        </Button>
      </form>
      <p className="text-center text-[13px] text-ink-2">
        {enter.hasAccount}{' '}
        <Link to="/sign-in" className="font-medium text-accent-ink underline">
          {enter.signIn}
        </Link>
      </p>
    </>
  );
}
