/** Short words about what was just done. What failed stays until it is closed. */
import { Toast as Radix } from 'radix-ui';
import { clsx } from 'clsx';
import { CircleCheck, CircleAlert, X } from 'lucide-react';
import { createContext, use, useCallback, useMemo, useState, type ReactNode } from 'react';
import { ApiError } from '../api/client.ts';
import { common } from '../texts/common.ts';
import { IconButton } from './button.tsx';

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly hint: string | undefined;
  readonly isError: boolean;
}

interface Toasts {
  readonly done: (text: string) => void;
  readonly failed: (error: unknown) => void;
}

const Context = createContext<Toasts | undefined>(undefined);
const DONE_MS = 4000;
const FAILED_MS = 15_000;

export function ToastArea({ children }: { readonly children: ReactNode }) {
  const [shown, setShown] = useState<readonly Toast[]>([]);
  const add = useCallback((text: string, hint: string | undefined, isError: boolean) => {
    setShown((before) => [...before.slice(-3), { id: (before.at(-1)?.id ?? 0) + 1, text, hint, isError }]);
  }, []);
  const toasts = useMemo<Toasts>(
    () => ({
      done: (text) => add(text, undefined, false),
      failed: (error) =>
        error instanceof ApiError
          ? add(error.message, error.hint, true)
          : add(common.unexpected, undefined, true),
    }),
    [add],
  );
  return (
    <Context value={toasts}>
      <Radix.Provider swipeDirection="right">
        {children}
        {shown.map((toast) => (
          <Radix.Root
            key={toast.id}
            duration={toast.isError ? FAILED_MS : DONE_MS}
            type={toast.isError ? 'foreground' : 'background'}
            onOpenChange={(open) => !open && setShown((before) => before.filter(({ id }) => id !== toast.id))}
            className="appear flex items-start gap-3 rounded-xl border border-line bg-surface py-3 pr-2 pl-4 shadow-raised"
          >
            <span
              className={clsx('mt-0.5 [&_svg]:size-4', toast.isError ? 'text-bad' : 'text-ok')}
              aria-hidden
            >
              {toast.isError ? <CircleAlert /> : <CircleCheck />}
            </span>
            <div className="min-w-0 flex-1">
              <Radix.Title className="font-medium">{toast.text}</Radix.Title>
              {toast.hint !== undefined && (
                <Radix.Description className="text-[13px] text-ink-2">{toast.hint}</Radix.Description>
              )}
            </div>
            <Radix.Close asChild>
              <IconButton label={common.close} className="-mt-1">
                <X aria-hidden />
              </IconButton>
            </Radix.Close>
          </Radix.Root>
        ))}
        <Radix.Viewport className="fixed right-4 bottom-4 z-60 flex w-[min(24rem,calc(100vw-2rem))] flex-col gap-2 outline-none" />
      </Radix.Provider>
    </Context>
  );
}

export function useToasts(): Toasts {
  const toasts = use(Context);
  if (toasts === undefined) throw new Error('useToasts belongs inside a ToastArea.');
  return toasts;
}
