/** Buttons, and the look of one for links. One primary at most on a page or dialog. */
import { clsx } from 'clsx';
import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react';

export type ButtonLook = 'primary' | 'secondary' | 'quiet' | 'danger';
type Size = 'small' | 'normal';

const LOOKS: Readonly<Record<ButtonLook, string>> = {
  primary: 'bg-accent text-on-accent hover:bg-accent-hover shadow-card',
  secondary: 'bg-surface text-ink border border-line-strong/60 hover:bg-sunken shadow-card',
  quiet: 'text-ink-2 hover:bg-sunken hover:text-ink',
  danger: 'bg-bad-solid text-on-accent hover:opacity-90 shadow-card',
};
const SIZES: Readonly<Record<Size, string>> = {
  small: 'h-8 px-2.5 text-[13px] gap-1.5',
  normal: 'h-9 px-3.5 gap-2',
};

export const buttonClass = (
  look: ButtonLook = 'secondary',
  size: Size = 'normal',
  className?: string,
): string =>
  clsx(
    'inline-flex shrink-0 items-center justify-center rounded-lg font-medium whitespace-nowrap transition-colors select-none',
    'disabled:cursor-not-allowed disabled:opacity-55 [&_svg]:size-4 [&_svg]:shrink-0',
    LOOKS[look],
    SIZES[size],
    className,
  );

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: ButtonLook;
  readonly size?: Size;
  /** Something is under way: not to be pressed again, and said to who can't see. */
  readonly isBusy?: boolean;
  readonly icon?: ReactNode;
  readonly ref?: Ref<HTMLButtonElement>;
}

export function Button({
  look,
  size,
  isBusy = false,
  icon,
  className,
  children,
  disabled,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={buttonClass(look, size, className)}
      disabled={disabled === true || isBusy}
      aria-busy={isBusy || undefined}
    >
      {icon}
      <span className={clsx(isBusy && 'pulse-soft')}>{children}</span>
    </button>
  );
}

/** A button that is only a picture: its label is what is read out and shown on hover. */
export function IconButton({
  label,
  look = 'quiet',
  size = 'small',
  className,
  children,
  ...rest
}: ButtonProps & { readonly label: string }) {
  return (
    <button
      type="button"
      {...rest}
      aria-label={label}
      title={label}
      className={buttonClass(look, size, clsx(size === 'small' ? 'w-8 px-0!' : 'w-9 px-0!', className))}
    >
      {children}
    </button>
  );
}
