/** A list of short texts: typed or pasted, each a chip that can be removed. Comma, space, Enter and leaving the field end one. */
import { clsx } from 'clsx';
import { X } from 'lucide-react';
import { useState, type KeyboardEvent } from 'react';
import { common } from '../texts/common.ts';
import { Field, inputClass, type FieldProps } from './field.tsx';
import { sentence } from './forms.ts';

const ENDS = new Set(['Enter', ',', ' ']);

export function ChipsField({
  values,
  onChange,
  judge,
  placeholder,
  error,
  ...field
}: FieldProps & {
  readonly values: readonly string[];
  readonly onChange: (values: string[]) => void;
  /** What is wrong with a text, such as “must be …”, or undefined. Such a text is a chip all the same, marked: it is never left out unseen. */
  readonly judge?: (value: string) => string | undefined;
  readonly placeholder?: string;
}) {
  const [text, setText] = useState('');
  const faults = new Map(values.map((value) => [value, judge?.(value)]));
  const fault = [...faults.values()].find((one) => one !== undefined);

  const take = (typed: string) => {
    const parts = typed.split(/[\s,]+/).filter((part) => part !== '');
    onChange([...new Set([...values, ...parts])]);
    setText('');
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (ENDS.has(event.key) && text !== '') {
      event.preventDefault();
      take(text);
    } else if (event.key === 'Backspace' && text === '' && values.length > 0) onChange(values.slice(0, -1));
  };

  return (
    <Field {...field} error={fault === undefined ? error : sentence(fault)}>
      {(wiring) => (
        <div
          className={inputClass(
            'flex min-h-9 flex-wrap items-center gap-1.5 px-1.5! py-1 has-[input:focus-visible]:border-accent-ink has-[input:focus-visible]:outline-1',
          )}
        >
          {values.map((value) => (
            <span
              key={value}
              className={clsx(
                'inline-flex max-w-full items-center gap-1 rounded-md pl-2 font-mono text-[13px]',
                faults.get(value) === undefined ? 'bg-sunken' : 'bg-bad-soft text-bad',
              )}
            >
              <span className="min-w-0 [overflow-wrap:anywhere]">{value}</span>
              <button
                type="button"
                aria-label={common.removeItem(value)}
                onClick={() => onChange(values.filter((other) => other !== value))}
                className="grid size-6 place-items-center rounded-md opacity-75 hover:opacity-100"
              >
                <X aria-hidden className="size-3.5" />
              </button>
            </span>
          ))}
          <input
            {...wiring}
            type="text"
            autoComplete="off"
            spellCheck={false}
            value={text}
            {...(values.length === 0 && placeholder !== undefined ? { placeholder } : {})}
            onChange={(event) => {
              const typed = event.target.value;
              // Keyboards on a screen say of no key which it is: there the text alone shows that one ended.
              if (/\S[\s,]$/.test(typed)) take(typed);
              else setText(typed);
            }}
            onKeyDown={onKeyDown}
            onPaste={(event) => {
              const pasted = event.clipboardData.getData('text');
              if (!/[\s,]/.test(pasted.trim())) return;
              event.preventDefault();
              take(text + pasted);
            }}
            onBlur={() => text !== '' && take(text)}
            className="h-6.5 min-w-32 flex-1 bg-transparent px-1.5 font-mono text-[13px] outline-none"
          />
        </div>
      )}
    </Field>
  );
}
