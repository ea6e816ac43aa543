/** Choosing one of a few things that need a sentence each. */
import { clsx } from 'clsx';
import { RadioGroup } from 'radix-ui';
import { useId, type ReactNode } from 'react';

export interface RadioCard<T extends string> {
  readonly value: T;
  readonly label: ReactNode;
  readonly hint?: ReactNode;
  readonly icon?: ReactNode;
}

export function RadioCards<T extends string>({
  label,
  options,
  value,
  onChange,
  className,
}: {
  readonly label: ReactNode;
  readonly options: readonly RadioCard<T>[];
  readonly value: T;
  readonly onChange: (value: T) => void;
  /** The grid of the cards; by default one below the other, two beside each other where there is room. */
  readonly className?: string;
}) {
  const id = useId();
  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <span id={id} className="text-[13px] font-medium">
        {label}
      </span>
      <RadioGroup.Root
        aria-labelledby={id}
        value={value}
        onValueChange={(chosen) => {
          const option = options.find((one) => one.value === chosen);
          if (option !== undefined) onChange(option.value);
        }}
        className={clsx('grid gap-2', className ?? 'sm:grid-cols-2')}
      >
        {options.map((option, index) => (
          <RadioGroup.Item
            key={option.value}
            value={option.value}
            aria-labelledby={`${id}-${index}`}
            {...(option.hint === undefined ? {} : { 'aria-describedby': `${id}-${index}-hint` })}
            className="flex items-start gap-3 rounded-lg border border-line-strong/60 bg-surface p-3 text-left shadow-card transition-colors hover:bg-sunken/60 data-[state=checked]:border-accent-ink data-[state=checked]:bg-accent-soft"
          >
            {option.icon !== undefined && (
              <span className="mt-0.5 text-ink-2 [&_svg]:size-4" aria-hidden>
                {option.icon}
              </span>
            )}
            <span className="flex min-w-0 flex-col gap-0.5">
              <span id={`${id}-${index}`} className="font-medium">
                {option.label}
              </span>
              {option.hint !== undefined && (
                <span id={`${id}-${index}-hint`} className="text-[13px] text-ink-2">
                  {option.hint}
                </span>
              )}
            </span>
          </RadioGroup.Item>
        ))}
      </RadioGroup.Root>
    </div>
  );
}
