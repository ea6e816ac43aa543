/** Values to copy, code to copy. */
import { clsx } from 'clsx';
import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { common } from '../texts/common.ts';
import { IconButton } from './button.tsx';

const SHOWN_MS = 1600;

export function CopyButton({
  text,
  label = common.copy,
}: {
  readonly text: string;
  readonly label?: string;
}) {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  return (
    <IconButton label={isCopied ? common.copied : label} onClick={copy}>
      {isCopied ? <Check aria-hidden className="text-ok" /> : <Copy aria-hidden />}
      <span className="sr-only" role="status">
        {isCopied ? common.copied : ''}
      </span>
    </IconButton>
  );
}

/** An id or another short text with a button that copies it: in one line, or whole where it has to be read. */
export function CopyText({
  text,
  label,
  isWhole = false,
}: {
  readonly text: string;
  readonly label?: string;
  readonly isWhole?: boolean;
}) {
  return (
    <span className="inline-flex max-w-full items-center gap-1 rounded-lg bg-code py-0.5 pr-0.5 pl-2.5">
      <code
        className={clsx('min-w-0 font-mono text-[13px]', isWhole ? '[overflow-wrap:anywhere]' : 'truncate')}
      >
        {text}
      </code>
      <CopyButton text={text} {...(label === undefined ? {} : { label })} />
    </span>
  );
}

export function CodeBlock({
  code,
  label,
  isWrapped = false,
}: {
  readonly code: string;
  readonly label: string;
  /** For one long word, such as a key: all of it in sight. */
  readonly isWrapped?: boolean;
}) {
  return (
    <div className="relative rounded-lg border border-line bg-code">
      <div className="absolute top-1.5 right-1.5 rounded-lg bg-code">
        <CopyButton text={code} label={`${common.copy}: ${label}`} />
      </div>
      <pre
        tabIndex={0}
        aria-label={label}
        className={clsx(
          'p-4 pr-12 font-mono text-[12.5px] leading-relaxed text-ink',
          isWrapped ? 'whitespace-pre-wrap break-all' : 'overflow-x-auto',
        )}
      >
        <code>{code}</code>
      </pre>
    </div>
  );
}
