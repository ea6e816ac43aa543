/** Form fields: a label, the control, a hint and what is wrong with it, tied together for everybody. */
import { clsx } from 'clsx';
import {
  useId,
  type InputHTMLAttributes,
  type ReactNode,
  type Ref,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
} from 'react';
import { common } from '../texts/common.ts';

export interface FieldProps {
  readonly label: ReactNode;
  readonly hint?: ReactNode;
  readonly error?: string | undefined;
  readonly isOptional?: boolean;
  readonly className?: string;
}

interface Wiring {
  readonly id: string;
  readonly 'aria-describedby'?: string;
  readonly 'aria-invalid'?: true;
}

/** Lays out any control as a field; `children` gets what ties it to label, hint and error. */
export function Field({
  label,
  hint,
  error,
  isOptional = false,
  className,
  children,
}: FieldProps & { readonly children: (wiring: Wiring) => ReactNode }) {
  const id = useId();
  const described = clsx(hint !== undefined && `${id}-hint`, error !== undefined && `${id}-error`);
  return (
    <div className={clsx('flex min-w-0 flex-col gap-1.5', className)}>
      <label htmlFor={id} className="flex items-baseline gap-2 text-[13px] font-medium text-ink">
        {label}
        {isOptional && <span className="text-xs font-normal text-ink-3">{common.optional}</span>}
      </label>
      {children({
        id,
        ...(described === '' ? {} : { 'aria-describedby': described }),
        ...(error === undefined ? {} : { 'aria-invalid': true as const }),
      })}
      {hint !== undefined && (
        <p id={`${id}-hint`} className="text-[13px] text-ink-3">
          {hint}
        </p>
      )}
      {error !== undefined && (
        <p id={`${id}-error`} className="text-[13px] font-medium text-bad">
          {error}
        </p>
      )}
    </div>
  );
}

export const inputClass = (className?: string): string =>
  clsx(
    'w-full min-w-0 rounded-lg border border-line-strong/70 bg-surface px-3 text-ink shadow-card transition-colors',
    'hover:border-line-strong focus-visible:border-accent-ink focus-visible:outline-1 focus-visible:outline-offset-0',
    'aria-invalid:border-bad disabled:bg-sunken disabled:text-ink-3',
    className,
  );

type InputProps = Omit<InputHTMLAttributes<HTMLInputElement>, 'className'> &
  FieldProps & {
    readonly ref?: Ref<HTMLInputElement>;
    readonly isCode?: boolean;
    readonly after?: ReactNode;
  };

export function TextField({
  label,
  hint,
  error,
  isOptional,
  className,
  isCode = false,
  after,
  ...input
}: InputProps) {
  return (
    <Field
      {...{ label, hint, error }}
      {...(isOptional === true ? { isOptional } : {})}
      {...(className === undefined ? {} : { className })}
    >
      {(wiring) => (
        <div className="flex gap-2">
          <input
            type="text"
            autoComplete="off"
            spellCheck={isCode ? false : undefined}
            {...wiring}
            {...input}
            className={inputClass(clsx('h-9', isCode && 'font-mono text-[13px]'))}
          />
          {after}
        </div>
      )}
    </Field>
  );
}

/**
 * W7: for what must never be kept. Not a password field, which browsers offer to fill and to save; it only looks like one. No
 * spelling service gets to read it.
 */
export function SecretField({ label, hint, error, isOptional, className, ...input }: InputProps) {
  return (
    <Field
      {...{ label, hint, error }}
      {...(isOptional === true ? { isOptional } : {})}
      {...(className === undefined ? {} : { className })}
    >
      {(wiring) => (
        <input
          {...wiring}
          type="text"
          autoComplete="off"
          autoCorrect="off"
          autoCapitalize="off"
          spellCheck={false}
          data-1p-ignore=""
          data-lpignore="true"
          data-bwignore=""
          data-form-type="other"
          {...input}
          className={inputClass('concealed h-9 font-mono')}
        />
      )}
    </Field>
  );
}

type AreaProps = Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, 'className'> &
  FieldProps & { readonly ref?: Ref<HTMLTextAreaElement>; readonly isCode?: boolean };

export function AreaField({ label, hint, error, isOptional, className, isCode = false, ...area }: AreaProps) {
  return (
    <Field
      {...{ label, hint, error }}
      {...(isOptional === true ? { isOptional } : {})}
      {...(className === undefined ? {} : { className })}
    >
      {(wiring) => (
        <textarea
          rows={3}
          autoComplete="off"
          spellCheck={isCode ? false : undefined}
          {...wiring}
          {...area}
          className={inputClass(clsx('min-h-20 py-2', isCode && 'font-mono text-[13px]'))}
        />
      )}
    </Field>
  );
}

type SelectProps = Omit<SelectHTMLAttributes<HTMLSelectElement>, 'className'> &
  FieldProps & {
    readonly ref?: Ref<HTMLSelectElement>;
    readonly options: readonly {
      readonly value: string;
      readonly label: string;
      readonly isDisabled?: boolean;
    }[];
  };

/** The system's own list: right on phones, by keyboard and for readers. */
export function SelectField({ label, hint, error, isOptional, className, options, ...select }: SelectProps) {
  return (
    <Field
      {...{ label, hint, error }}
      {...(isOptional === true ? { isOptional } : {})}
      {...(className === undefined ? {} : { className })}
    >
      {(wiring) => (
        <select {...wiring} {...select} className={inputClass('h-9 pr-8')}>
          {options.map((option) => (
            <option key={option.value} value={option.value} disabled={option.isDisabled === true}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
