/** What pages are made of: headers, cards, lists of facts, badges, and what stands where nothing is or something failed. */
import { clsx } from 'clsx';
import { CircleAlert, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { ApiError } from '../api/client.ts';
import { common } from '../texts/common.ts';
import { Button } from './button.tsx';

export function Page({
  title,
  lead,
  actions,
  children,
  width = 'wide',
}: {
  readonly title: ReactNode;
  readonly lead?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  /** `reading` for forms and texts, `wide` for tables. */
  readonly width?: 'reading' | 'wide';
}) {
  return (
    <div
      className={clsx(
        'mx-auto flex w-full flex-col gap-6',
        width === 'wide' ? 'max-w-[1440px]' : 'max-w-3xl',
      )}
    >
      <header className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="min-w-0">
          <h1 className="text-[22px] leading-tight font-semibold tracking-tight break-words">{title}</h1>
          {lead !== undefined && <p className="mt-1 max-w-2xl text-ink-2">{lead}</p>}
        </div>
        {actions !== undefined && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

export function Card({
  title,
  lead,
  actions,
  children,
  className,
  isFlush = false,
}: {
  readonly title?: ReactNode;
  readonly lead?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  readonly className?: string;
  /** No room around the content: for tables. */
  readonly isFlush?: boolean;
}) {
  return (
    <section className={clsx('min-w-0 rounded-xl border border-line bg-surface shadow-card', className)}>
      {(title !== undefined || actions !== undefined) && (
        <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 px-5 pt-4 pb-1">
          <div className="min-w-0">
            {title !== undefined && <h2 className="text-[15px] font-semibold">{title}</h2>}
            {lead !== undefined && <p className="text-[13px] text-ink-3">{lead}</p>}
          </div>
          {actions}
        </div>
      )}
      <div className={isFlush ? 'pt-2' : 'px-5 pt-3 pb-5'}>{children}</div>
    </section>
  );
}

export type Tone = 'neutral' | 'ok' | 'warn' | 'bad' | 'hold' | 'accent';

const TONES: Readonly<Record<Tone, string>> = {
  neutral: 'bg-sunken text-ink-2',
  ok: 'bg-ok-soft text-ok',
  warn: 'bg-warn-soft text-warn',
  bad: 'bg-bad-soft text-bad',
  hold: 'bg-hold-soft text-hold',
  accent: 'bg-accent-soft text-accent-ink',
};

export function Badge({
  tone = 'neutral',
  children,
  title,
}: {
  readonly tone?: Tone;
  readonly children: ReactNode;
  readonly title?: string;
}) {
  return (
    <span
      title={title}
      className={clsx(
        'inline-flex h-5.5 items-center gap-1 rounded-md px-2 text-xs font-medium whitespace-nowrap',
        TONES[tone],
      )}
    >
      {children}
    </span>
  );
}

/** Says something that matters beside what is done on the page. */
export function Callout({
  tone = 'neutral',
  title,
  children,
  actions,
}: {
  readonly tone?: Tone;
  readonly title?: ReactNode;
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
}) {
  const Icon = tone === 'bad' ? CircleAlert : tone === 'warn' ? TriangleAlert : Info;
  return (
    <div
      className={clsx('flex gap-3 rounded-lg px-4 py-3', TONES[tone])}
      role={tone === 'bad' ? 'alert' : undefined}
    >
      <Icon className="mt-0.5 size-4 shrink-0" aria-hidden />
      <div className="flex min-w-0 flex-1 flex-col gap-1 text-[13px]">
        {title !== undefined && <p className="font-semibold">{title}</p>}
        {children !== undefined && <div className="[overflow-wrap:anywhere]">{children}</div>}
        {actions !== undefined && <div className="mt-1 flex flex-wrap gap-2">{actions}</div>}
      </div>
    </div>
  );
}

/** A failure as a sentence with a next step. Issues of fields stand at their fields; those of none stand here. */
export function ErrorNote({
  error,
  onRetry,
  issues,
}: {
  readonly error: unknown;
  readonly onRetry?: () => void;
  /** Those to show here; by default all. */
  readonly issues?: readonly { readonly path: string; readonly message: string }[];
}) {
  if (error === null || error === undefined) return null;
  const known = error instanceof ApiError ? error : undefined;
  const shown = issues ?? known?.issues ?? [];
  return (
    <Callout
      tone="bad"
      title={known?.message ?? common.unexpected}
      {...(onRetry === undefined
        ? {}
        : {
            actions: (
              <Button size="small" onClick={onRetry}>
                {common.tryAgain}
              </Button>
            ),
          })}
    >
      {known?.hint !== undefined && <p>{known.hint}</p>}
      {known?.retryAfterSeconds !== undefined && <p>{common.retryIn(known.retryAfterSeconds)}</p>}
      {shown.length > 0 && (
        <ul className="mt-1 list-disc pl-4">
          {shown.map(({ path, message }) => (
            <li key={`${path} ${message}`}>
              <code className="font-mono">{path}</code> {message}
            </li>
          ))}
        </ul>
      )}
      {known?.requestId !== undefined && (
        <p className="mt-1 font-mono text-xs">{common.requestId(known.requestId)}</p>
      )}
    </Callout>
  );
}

/** Where nothing is yet: says what will be here and how it comes about. */
export function EmptyState({
  icon,
  title,
  children,
  actions,
  isWholePage = false,
}: {
  readonly icon?: ReactNode;
  readonly title: ReactNode;
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
  /** It stands for a page: its title is the page's. */
  readonly isWholePage?: boolean;
}) {
  const Title = isWholePage ? 'h1' : 'h2';
  return (
    <div className="flex flex-col items-center gap-3 px-6 py-14 text-center">
      {icon !== undefined && (
        <div
          className="grid size-11 place-items-center rounded-xl bg-accent-soft text-accent-ink [&_svg]:size-5"
          aria-hidden
        >
          {icon}
        </div>
      )}
      <Title className="text-base font-semibold">{title}</Title>
      {children !== undefined && <div className="max-w-md text-ink-2">{children}</div>}
      {actions !== undefined && <div className="mt-1 flex flex-wrap justify-center gap-2">{actions}</div>}
    </div>
  );
}

/** Stands in the place and size of what is being read. */
export function Skeleton({ className }: { readonly className?: string }) {
  return <div className={clsx('pulse-soft rounded-md bg-sunken', className ?? 'h-4 w-full')} aria-hidden />;
}

export function SkeletonRows({ rows = 5 }: { readonly rows?: number }) {
  return (
    <div className="flex flex-col gap-3 p-5" role="status" aria-label={common.loading}>
      {Array.from({ length: rows }, (_, index) => (
        <Skeleton key={index} className="h-6 w-full" />
      ))}
    </div>
  );
}

/** Names and what they are, in two columns, or one below the other where it is narrow. */
export function Facts({
  items,
}: {
  readonly items: readonly (readonly [label: ReactNode, value: ReactNode])[];
}) {
  return (
    <dl className="grid grid-cols-1 gap-x-6 gap-y-3 sm:grid-cols-[minmax(8rem,max-content)_1fr]">
      {items.map(([label, value], index) => (
        <div key={index} className="contents">
          <dt className="text-[13px] text-ink-3">{label}</dt>
          <dd className="-mt-2 min-w-0 [overflow-wrap:anywhere] sm:mt-0">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
