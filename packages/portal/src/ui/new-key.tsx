/** A new API key, shown once, with what the SDKs and the command line read from the environment. */
import type { ReactNode } from 'react';
import { newKey } from '../texts/new-key.ts';
import { CodeBlock } from './copy.tsx';
import { ShownOnce } from './shown-once.tsx';

export function NewKey({
  title,
  apiKey,
  children,
  onClose,
}: {
  readonly title: string;
  readonly apiKey: string;
  readonly children?: ReactNode;
  readonly onClose: () => void;
}) {
  return (
    <ShownOnce title={title} warning={newKey.shownOnce} label={newKey.label} text={apiKey} onClose={onClose}>
      {children}
      <section className="flex flex-col gap-1.5">
        <h3 className="text-[13px] font-medium">{newKey.environment}</h3>
        <CodeBlock
          label={newKey.environment}
          isWrapped
          code={`ALTER_BASE_URL=${location.origin}\nALTER_API_KEY=${apiKey}`}
        />
      </section>
    </ShownOnce>
  );
}
