/** Asks for the password again where the API demands it, and then lets the same request go on. */
import { useCallback, useEffect, useRef, useState, type ReactNode } from 'react';
import { useForm } from 'react-hook-form';
import { setClientHooks } from '../api/client.ts';
import { useChange } from '../api/queries.ts';
import { common } from '../texts/common.ts';
import { shell } from '../texts/shell.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { TextField } from '../ui/field.tsx';
import { ErrorNote } from '../ui/layout.tsx';
import { factorOf, SecondFactorFields, type SecondFactor } from '../ui/second-factor.tsx';

interface Asked {
  readonly resolve: (isDone: boolean) => void;
}

export function StepUpArea({ children }: { readonly children: ReactNode }) {
  const [asked, setAsked] = useState<Asked>();
  const waiting = useRef<Promise<boolean>>(undefined);

  const ask = useCallback(() => {
    // Several requests at once ask once.
    waiting.current ??= new Promise<boolean>((resolve) => setAsked({ resolve })).finally(() => {
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
      {asked !== undefined && <StepUpDialog onEnd={asked.resolve} />}
    </>
  );
}

interface Form extends SecondFactor {
  password: string;
}

function StepUpDialog({ onEnd }: { readonly onEnd: (isDone: boolean) => void }) {
  const form = useForm<Form>({ defaultValues: { password: '', factor: 'totp', code: '' } });
  const stepUp = useChange('stepUp', { onDone: () => onEnd(true) });
  const needsFactor = stepUp.error?.code === 'second_factor_required' || form.getValues('code') !== '';
  const submit = form.handleSubmit(({ password, ...second }) =>
    stepUp.mutate({ body: { password, ...factorOf(second) } }),
  );
  return (
    <Dialog isOpen onClose={() => onEnd(false)} title={shell.stepUpTitle} lead={shell.stepUpLead}>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4 pt-1">
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
          <Button type="submit" look="primary" isBusy={stepUp.isPending}>
            {shell.confirm}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
