/** The template's harmless call with the stored credential, and what came of it in words. */
import { CircleCheck, CircleX } from 'lucide-react';
import { clsx } from 'clsx';
import type { Answer } from '../api/client.ts';
import { useChange } from '../api/queries.ts';
import { secret as words } from '../texts/secret.ts';
import { ErrorNote } from './layout.tsx';

export interface Verify {
  readonly isPending: boolean;
  readonly error: unknown;
  readonly result: Answer<'verifySecret'> | undefined;
  readonly start: () => void;
}

export function useVerify(app: string, secretId: string): Verify {
  const verify = useChange('verifySecret', { outdates: ['getSecret', 'getSecretUsage'] });
  return {
    isPending: verify.isPending,
    error: verify.error,
    result: verify.data,
    start: () => verify.mutate({ params: { app, secret_id: secretId } }),
  };
}

export function VerifyResult({
  of: { result, error },
  name,
}: {
  readonly of: Verify;
  /** Who was called. */
  readonly name: string;
}) {
  const [title, hint] = result === undefined ? [] : inWords(result, name);
  const Icon = result?.ok === true ? CircleCheck : CircleX;
  return (
    <div role="status" className="empty:hidden">
      {error !== null && <ErrorNote error={error} />}
      {title !== undefined && (
        <p
          className={clsx(
            'appear flex gap-3 rounded-lg px-4 py-3',
            result?.ok === true ? 'bg-ok-soft text-ok' : 'bg-bad-soft text-bad',
          )}
        >
          <Icon className="mt-0.5 size-4 shrink-0" aria-hidden />
          <span className="min-w-0 text-[13px]">
            <strong className="font-semibold">{title}</strong> {hint}
          </span>
        </p>
      )}
    </div>
  );
}

function inWords(
  { ok, status_code: status, code }: Answer<'verifySecret'>,
  name: string,
): readonly [title: string, hint: string] {
  if (status === null) return [words.noAnswer(name), words.noAnswerHint(code ?? '')];
  if (ok) return [words.verified(name), words.verifiedStatus(status)];
  if (status === 401 || status === 403) return [words.refused(name), words.refusedHint];
  if (status === 429) return [words.limited(name), words.limitedHint];
  if (status >= 500) return [words.broken(name), words.brokenHint];
  return [words.unexpected(name), words.verifiedStatus(status)];
}
