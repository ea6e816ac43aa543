/** A new password, with how easily it is guessed said while it is typed. */
import { clsx } from 'clsx';
import type { UseFormRegisterReturn } from 'react-hook-form';
import { passwords } from '../texts/passwords.ts';
import { TextField } from './field.tsx';
import { useStrength, type Strength } from './strength.ts';

/** Said while it is typed; the vault holds to it. */
const CHARS_MIN = 12;
const STEPS = [1, 2, 3, 4] as const;

export function NewPasswordField({
  label = passwords.label,
  field,
  value,
  about,
  error,
}: {
  readonly label?: string;
  readonly field: UseFormRegisterReturn;
  readonly value: string;
  /** What it must not be made of: the account's address and name. */
  readonly about: string;
  readonly error: string | undefined;
}) {
  const strength = useStrength(value, about);
  return (
    <div className="flex flex-col gap-2">
      <TextField
        label={label}
        hint={passwords.hint}
        type="password"
        autoComplete="new-password"
        {...field}
        error={error}
      />
      {value !== '' && <Meter strength={strength} missing={CHARS_MIN - value.length} />}
    </div>
  );
}

const COLOURS = ['bg-bad', 'bg-bad', 'bg-warn', 'bg-ok', 'bg-ok'] as const;

function Meter({ strength, missing }: { readonly strength: Strength | undefined; readonly missing: number }) {
  const isRefused = missing > 0 || (strength ?? 0) < 2;
  const reached = strength === undefined ? 0 : missing > 0 ? 1 : Math.max(1, strength);
  return (
    <div className="flex items-center gap-3">
      <div className="grid w-28 shrink-0 grid-cols-4 gap-1" aria-hidden>
        {STEPS.map((step) => (
          <span
            key={step}
            className={clsx('h-1.5 rounded-full', step <= reached ? COLOURS[reached] : 'bg-sunken')}
          />
        ))}
      </div>
      <p role="status" className={clsx('text-[13px]', isRefused ? 'text-ink-2' : 'text-ok')}>
        {missing > 0
          ? passwords.missing(missing)
          : strength === undefined
            ? passwords.judging
            : passwords.strengths[strength]}
      </p>
    </div>
  );
}
