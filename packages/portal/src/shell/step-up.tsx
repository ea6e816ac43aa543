/** Asks for a passkey, the password or a sign-in at the identity provider again where the API demands it, and then lets the same request go on. */
import { useCallback, useEffect, useEffectEvent, useRef, useState, type ReactNode } from 'react';
import { useForm } from 'react-hook-form';
import { setClientHooks } from '../api/client.ts';
import { knowsPasskeys, stepUpWithPasskey } from '../api/passkeys.ts';
import { useApi, useChange, useWork } from '../api/queries.ts';
import { hearSteppedUp, openWindow, stepUpWithSso } from '../api/sso.ts';
import { common } from '../texts/common.ts';
import { passkeys } from '../texts/passkeys.ts';
import { shell } from '../texts/shell.ts';
import { sso } from '../texts/sso.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { TextField } from '../ui/field.tsx';
import { Callout, ErrorNote } from '../ui/layout.tsx';
import { OrLine, PasskeyButton } from '../ui/passkey-button.tsx';
import { factorOf, SecondFactorFields, type SecondFactor } from '../ui/second-factor.tsx';
import { SsoButton, SsoFaultNote } from '../ui/sso.tsx';

interface Asked {
  readonly methods: readonly string[];
  readonly resolve: (isDone: boolean) => void;
}

export function StepUpArea({ children }: { readonly children: ReactNode }) {
  const [asked, setAsked] = useState<Asked>();
  const waiting = useRef<Promise<boolean>>(undefined);

  const ask = useCallback((methods: readonly string[]) => {
    // Several requests at once ask once.
    waiting.current ??= new Promise<boolean>((resolve) => setAsked({ methods, resolve })).finally(() => {
      waiting.current = undefined;
      setAsked(undefined);
    });
    return waiting.current;
  }, []);

  useEffect(() => {
    setClientHooks({
      stepUp: ask,
      // Loads the page anew: nothing that was read stays in memory.
      signedOut: () =>
        location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`),
    });
  }, [ask]);

  return (
    <>
      {children}
      {asked !== undefined && <StepUpDialog methods={asked.methods} onEnd={asked.resolve} />}
    </>
  );
}

interface EndProps {
  readonly onEnd: (isDone: boolean) => void;
}

function StepUpDialog({ methods, onEnd }: EndProps & { readonly methods: readonly string[] }) {
  const hasPasskey = methods.includes('passkey') && knowsPasskeys();
  const hasPassword = methods.includes('password');
  const hasSso = methods.includes('sso');
  const isStuck = !hasPasskey && !hasPassword && !hasSso;
  return (
    <Dialog isOpen onClose={() => onEnd(false)} title={shell.stepUpTitle} lead={shell.stepUpLead}>
      <div className="flex flex-col gap-4 pt-1">
        {hasPasskey && <WithPasskey onEnd={onEnd} />}
        {hasPasskey && hasPassword && <OrLine />}
        {hasPassword && <WithPassword onEnd={onEnd} isFirst={!hasPasskey} />}
        {hasSso && <WithSso onEnd={onEnd} />}
        {isStuck && <Callout tone="warn">{shell.stepUpStuck}</Callout>}
        {!hasPassword && (
          <div className="flex justify-end">
            <Button onClick={() => onEnd(false)}>{common.cancel}</Button>
          </div>
        )}
      </div>
    </Dialog>
  );
}

function WithPasskey({ onEnd }: EndProps) {
  const stepUp = useWork(stepUpWithPasskey, { onDone: () => onEnd(true) });
  return (
    <>
      <PasskeyButton look="primary" isBusy={stepUp.isPending} onClick={() => stepUp.mutate()}>
        {passkeys.use}
      </PasskeyButton>
      <ErrorNote error={stepUp.error} />
    </>
  );
}

/** In a window of its own: the page behind keeps what was typed, and goes on when that window says that it is back. */
function WithSso({ onEnd }: EndProps) {
  const { data: offers } = useApi('getSignInOptions', {});
  const name = offers?.sso?.name ?? sso.title;
  const [fault, setFault] = useState<string>();
  const start = useWork(stepUpWithSso);
  const onTold = useEffectEvent((told: string) => (told === '' ? onEnd(true) : setFault(told)));
  useEffect(() => hearSteppedUp(onTold), []);
  const leave = () => {
    setFault(undefined);
    start.mutate(openWindow());
  };
  const isWaiting = start.isSuccess && fault === undefined;
  return (
    <>
      {!isWaiting && <p className="text-ink-2">{sso.stepUpText(name)}</p>}
      {isWaiting && <Callout>{sso.stepUpWaiting}</Callout>}
      <SsoFaultNote word={fault} />
      <ErrorNote error={start.error} />
      <SsoButton look={isWaiting ? 'secondary' : 'primary'} isBusy={start.isPending} onClick={leave}>
        {isWaiting ? sso.stepUpAgain : sso.goOnWith(name)}
      </SsoButton>
    </>
  );
}

interface Form extends SecondFactor {
  password: string;
}

function WithPassword({ onEnd, isFirst }: EndProps & { readonly isFirst: boolean }) {
  const form = useForm<Form>({ defaultValues: { password: '', factor: 'totp', code: '' } });
  const stepUp = useChange('stepUp', { onDone: () => onEnd(true) });
  const needsFactor = stepUp.error?.code === 'second_factor_required' || form.getValues('code') !== '';
  const submit = form.handleSubmit(({ password, ...second }) =>
    stepUp.mutate({ body: { password, ...factorOf(second) } }),
  );
  return (
    <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
      <TextField
        label={shell.password}
        type="password"
        autoComplete="current-password"
        {...form.register('password', { required: common.required })}
        error={form.formState.errors.password?.message}
      />
      {needsFactor && <SecondFactorFields factor={form.register('factor')} code={form.register('code')} />}
      {stepUp.error?.code !== 'second_factor_required' && <ErrorNote error={stepUp.error} />}
      <div className="flex justify-end gap-2">
        <Button onClick={() => onEnd(false)}>{common.cancel}</Button>
        <Button type="submit" look={isFirst ? 'primary' : 'secondary'} isBusy={stepUp.isPending}>
          {shell.confirm}
        </Button>
      </div>
    </form>
  );
}
