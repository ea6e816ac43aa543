/** A yes or no of a form, said before it is sent. */
import { useId, type InputHTMLAttributes, type ReactNode, type Ref } from 'react';

export function CheckField({
  label,
  hint,
  ...input
}: Omit<InputHTMLAttributes<HTMLInputElement>, 'className' | 'type'> & {
  readonly label: ReactNode;
  readonly hint?: ReactNode;
  readonly ref?: Ref<HTMLInputElement>;
}) {
  const id = useId();
  return (
    <div className="flex items-start gap-2.5">
      <input
        type="checkbox"
        id={id}
        {...(hint === undefined ? {} : { 'aria-describedby': `${id}-hint` })}
        {...input}
        className="mt-0.5 size-4 shrink-0 accent-accent"
      />
      <div className="min-w-0">
        <label htmlFor={id}>{label}</label>
        {hint !== undefined && (
          <p id={`${id}-hint`} className="text-[13px] text-ink-3">
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}
