/** Sign-in by e-mail address and password, and by a second factor where the account has one. */
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useForm } from 'react-hook-form';
import { useChange } from '../../api/queries.ts';
import { adoptSession } from '../../api/session.ts';
import { common } from '../../texts/common.ts';
import { enter } from '../../texts/enter.ts';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { factorOf, SecondFactorFields, type SecondFactor } from '../../ui/second-factor.tsx';
import { ErrorNote } from '../../ui/layout.tsx';

interface Form extends SecondFactor {
  email: string;
  password: string;
}

export function SignInPage() {
  const { next } = useSearch({ from: '/enter/sign-in' });
  const navigate = useNavigate();
  const form = useForm<Form>({ defaultValues: { email: '', password: '', factor: 'totp', code: '' } });
  const signIn = useChange('signIn', {
    onDone: (session) => {
      adoptSession(session);
      return navigate({ href: ownPath(next), replace: true });
    },
  });
  const needsFactor = signIn.error?.code === 'second_factor_required' || form.getValues('code') !== '';
  const submit = form.handleSubmit(({ email, password, ...second }) =>
    signIn.mutate({ body: { email, password, ...factorOf(second) } }),
  );
  const { errors } = form.formState;
  return (
    <>
      <form
        noValidate
        onSubmit={(event) => void submit(event)}
        className="flex flex-col gap-4 rounded-2xl border border-line bg-surface p-6 shadow-card"
      >
        <h1 className="text-lg font-semibold">{enter.signIn}</h1>
        <TextField
          label={enter.email}
          type="email"
          autoComplete="username"
          autoFocus
          {...form.register('email', { required: common.required })}
          error={errors.email?.message}
        />
        <TextField
          label={enter.password}
          type="password"
          autoComplete="current-password"
          {...form.register('password', { required: common.required })}
          error={errors.password?.message}
        />
        {needsFactor && <SecondFactorFields factor={form.register('factor')} code={form.register('code')} />}
        {signIn.error?.code !== 'second_factor_required' && <ErrorNote error={signIn.error} />}
        <Button type="submit" look="primary" isBusy={signIn.isPending}>
          {enter.signIn}
        </Button>
      </form>
      <p className="text-center text-[13px] text-ink-2">
        {enter.isNew}{' '}
        <Link to="/setup" className="font-medium text-accent-ink underline">
          {enter.setUp}
        </Link>
      </p>
    </>
  );
}

/** A path of this portal and nothing else: `https:` and, to a browser, `//host` and `/\\host` are other origins. */
const ownPath = (next: string | undefined): string =>
  next !== undefined && /^\/(?![/\\])/.test(next) ? next : '/';
