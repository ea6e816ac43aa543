/** Sign-in: by passkey, or by e-mail address and password with the second factor of whoever has one. */
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useEffect, useEffectEvent, useRef } from 'react';
import { useForm } from 'react-hook-form';
import { knowsPasskeys, offerPasskeys, signInWithPasskey } from '../../api/passkeys.ts';
import { useApi, useChange, useWork } from '../../api/queries.ts';
import { adoptSession, type Session } from '../../api/session.ts';
import { signInWithSso } from '../../api/sso.ts';
import { common } from '../../texts/common.ts';
import { enter } from '../../texts/enter.ts';
import { passkeys } from '../../texts/passkeys.ts';
import { sso } from '../../texts/sso.ts';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { factorOf, SecondFactorFields, type SecondFactor } from '../../ui/second-factor.tsx';
import { ErrorNote } from '../../ui/layout.tsx';
import { OrLine, PasskeyButton } from '../../ui/passkey-button.tsx';
import { SsoButton, SsoFaultNote } from '../../ui/sso.tsx';

interface Form extends SecondFactor {
  email: string;
  password: string;
}

export function SignInPage() {
  const goOn = useGoOn();
  const { data: offers } = useApi('getSignInOptions', {});
  const { next, sso: fault } = useSearch({ from: '/enter/sign-in' });
  const hasPasskeys = offers?.passkeys.available === true && knowsPasskeys();
  const provider = offers?.needs_setup === false ? offers.sso?.name : undefined;
  return (
    <>
      <div className="flex flex-col gap-4 rounded-2xl border border-line bg-surface p-6 shadow-card">
        <h1 className="text-lg font-semibold">{enter.signIn}</h1>
        <SsoFaultNote word={fault} />
        <WithPassword onSignedIn={goOn} />
        {(hasPasskeys || provider !== undefined) && <OrLine />}
        {hasPasskeys && <WithPasskey onSignedIn={goOn} />}
        {provider !== undefined && <WithSso name={provider} next={ownPath(next)} />}
      </div>
      {offers?.needs_setup === false && (
        <p className="text-center text-[13px]">
          <Link to="/recovery" className="font-medium text-accent-ink underline">
            {enter.forgot}
          </Link>
        </p>
      )}
      {offers?.needs_setup === true && (
        <p className="text-center text-[13px] text-ink-2">
          {enter.isNew}{' '}
          <Link to="/setup" className="font-medium text-accent-ink underline">
            {enter.setUp}
          </Link>
        </p>
      )}
    </>
  );
}

interface WayProps {
  readonly onSignedIn: (session: Session) => Promise<void>;
}

function WithPassword({ onSignedIn }: WayProps) {
  const form = useForm<Form>({ defaultValues: { email: '', password: '', factor: 'totp', code: '' } });
  const signIn = useChange('signIn', { onDone: onSignedIn });
  const needsFactor = signIn.error?.code === 'second_factor_required' || form.getValues('code') !== '';
  const submit = form.handleSubmit(({ email, password, ...second }) =>
    signIn.mutate({ body: { email, password, ...factorOf(second) } }),
  );
  const { errors } = form.formState;
  return (
    <form noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
      <TextField
        label={enter.email}
        type="email"
        autoComplete="username webauthn"
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
  );
}

/** By the button, or by what the browser offers in the list of the e-mail field. */
function WithPasskey({ onSignedIn }: WayProps) {
  const offer = useRef<AbortController>(undefined);
  const chosen = useChange('signInWithPasskey', { onDone: onSignedIn });
  const asked = useWork(signInWithPasskey, { onDone: onSignedIn });
  const onChosen = useEffectEvent((credential: NonNullable<Awaited<ReturnType<typeof offerPasskeys>>>) =>
    chosen.mutate({ body: { credential } }),
  );
  useEffect(() => {
    const ending = new AbortController();
    offer.current = ending;
    void offerPasskeys(ending.signal).then((credential) => {
      if (credential !== undefined && !ending.signal.aborted) onChosen(credential);
    });
    return () => ending.abort();
  }, []);
  const ask = () => {
    // Browsers take one question at a time.
    offer.current?.abort();
    asked.mutate();
  };
  return (
    <>
      <PasskeyButton look="secondary" isBusy={asked.isPending || chosen.isPending} onClick={ask}>
        {passkeys.use}
      </PasskeyButton>
      <ErrorNote error={asked.error ?? chosen.error} />
    </>
  );
}

function WithSso({ name, next }: { readonly name: string; readonly next: string }) {
  const leave = useWork(signInWithSso);
  return (
    <>
      <SsoButton isBusy={leave.isPending} onClick={() => leave.mutate(next)}>
        {sso.goOnWith(name)}
      </SsoButton>
      <ErrorNote error={leave.error} />
    </>
  );
}

/** To where one wanted, as who one is now. */
function useGoOn(): (session: Session) => Promise<void> {
  const { next } = useSearch({ from: '/enter/sign-in' });
  const navigate = useNavigate();
  return useCallback(
    (session) => {
      adoptSession(session);
      return navigate({ href: ownPath(next), replace: true });
    },
    [navigate, next],
  );
}

/** A path of this portal and nothing else: `https:` and, to a browser, `//host` and `/\\host` are other origins. */
const ownPath = (next: string | undefined): string =>
  next !== undefined && /^\/(?![/\\])/.test(next) ? next : '/';
