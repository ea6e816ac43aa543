/** The tile of a provider: a monogram in a colour of its own, drawn without anybody's logo. */
import { clsx } from 'clsx';
import type { ReactNode } from 'react';

declare module 'react' {
  interface CSSProperties {
    '--tile-hue'?: number;
  }
}

const SIZES = {
  small: 'size-8 rounded-lg text-xs',
  normal: 'size-11 rounded-xl text-[15px]',
  large: 'size-14 rounded-2xl text-xl',
} as const;

export function Tile({
  children,
  hue,
  size = 'normal',
}: {
  /** A monogram, or a picture where there is no name to shorten. */
  readonly children: ReactNode;
  /** 0–359 degrees; null for black and white. */
  readonly hue: number | null;
  readonly size?: keyof typeof SIZES;
}) {
  return (
    <span
      aria-hidden
      {...(hue === null ? {} : { style: { '--tile-hue': hue } })}
      className={clsx(
        'grid shrink-0 place-items-center font-semibold tracking-tight shadow-card select-none [&_svg]:size-[45%]',
        hue === null ? 'tile-plain' : 'tile-hue',
        SIZES[size],
      )}
    >
      {children}
    </span>
  );
}
