/** When something ends: after a span that is often chosen, at a moment of one's own, or never. */
import type { UseFormRegisterReturn } from 'react-hook-form';
import { expiry } from '../texts/expiry.ts';
import { SelectField, TextField } from './field.tsx';

export interface Expiry {
  /** `never`, `at`, or seconds from now. */
  choice: string;
  /** Local time, as the browser's field gives it. */
  at: string;
}

const DAY = 24 * 3600;

/** Spans for what lives long, such as keys. */
export const LONG_SPANS = [7 * DAY, 30 * DAY, 90 * DAY, 365 * DAY] as const;
export const NEVER: Expiry = { choice: 'never', at: '' };

/** RFC 3339, counted from now; undefined for never. */
export function expiresAt({ choice, at }: Expiry): string | undefined {
  if (choice === 'never') return undefined;
  return new Date(choice === 'at' ? at : Date.now() + Number(choice) * 1000).toISOString();
}

/** For the rules of a form: a moment of one's own lies ahead. */
export const isAhead = ({ choice, at }: Expiry): true | string =>
  choice !== 'at' || new Date(at).getTime() > Date.now() || expiry.past;

export const expiryOf = (at: string | null): Expiry =>
  at === null ? NEVER : { choice: 'at', at: localTime(new Date(at)) };

/** As a field of the type `datetime-local` has it. */
function localTime(at: Date): string {
  const shifted = new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}

export function ExpiryField({
  label = expiry.label,
  never = expiry.never,
  hint,
  spans,
  value,
  choice,
  at,
  error,
}: {
  readonly label?: string;
  /** What it is called that it does not end by itself. */
  readonly never?: string;
  readonly hint?: string;
  /** Seconds. */
  readonly spans: readonly number[];
  readonly value: Expiry;
  readonly choice: UseFormRegisterReturn;
  readonly at: UseFormRegisterReturn;
  readonly error: string | undefined;
}) {
  const isAt = value.choice === 'at';
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <SelectField
        label={label}
        className={isAt ? '' : 'sm:col-span-2'}
        {...(hint === undefined ? {} : { hint })}
        options={[
          { value: 'never', label: never },
          ...spans.map((seconds) => ({ value: String(seconds), label: expiry.after(seconds) })),
          { value: 'at', label: expiry.at },
        ]}
        {...choice}
        error={isAt ? undefined : error}
      />
      {isAt && <TextField label={expiry.moment} type="datetime-local" {...at} error={error} />}
    </div>
  );
}
