/** The request that will go out, as the vault itself would make it, while the form is filled in. Asked for without any value. */
import { useEffect, useState } from 'react';
import type { ApiError, Answer } from '../../api/client.ts';
import { useApi } from '../../api/queries.ts';
import { store } from '../../texts/store.ts';
import { sentence } from '../../ui/forms.ts';
import { Callout, Card, Skeleton } from '../../ui/layout.tsx';
import { HOST_BEFORE, type Preview } from './values.ts';

type Previewed = Answer<'previewSecret'>;
type Pieces = Previewed['request']['target'];

/** Long enough to finish a word, short enough to feel live. */
const SETTLE_MS = 250;

export interface PreviewState {
  readonly previewed: Previewed | undefined;
  readonly error: ApiError | null;
  readonly isBehind: boolean;
}

export function usePreview(app: string, body: Preview): PreviewState {
  const settled = useSettled(body);
  const { data, error, isFetching } = useApi(
    'previewSecret',
    { params: { app }, body: settled },
    { keepPrevious: true },
  );
  return { previewed: data, error, isBehind: isFetching };
}

/** The value as it was when it last stood still. */
function useSettled(value: Preview): Preview {
  const [settled, setSettled] = useState({ text: JSON.stringify(value), value });
  const text = JSON.stringify(value);
  useEffect(() => {
    if (text === settled.text) return;
    const timer = setTimeout(() => setSettled({ text, value }), SETTLE_MS);
    return () => clearTimeout(timer);
  });
  return settled.value;
}

export function RequestPreview({
  state,
  hasHost,
}: {
  readonly state: PreviewState;
  readonly hasHost: boolean;
}) {
  const { previewed, error, isBehind } = state;
  return (
    <Card
      title={store.preview.title}
      lead={hasHost ? store.preview.lead : store.preview.needsHost(HOST_BEFORE)}
    >
      {error !== null ? (
        <Callout tone="warn" title={error.issues.length === 0 ? error.message : store.preview.refused}>
          {error.issues.length === 0 ? (
            error.hint
          ) : (
            <ul className="list-disc pl-4">
              {error.issues.map(({ path, message }) => (
                <li key={`${path} ${message}`}>
                  <code className="font-mono">{path}</code>: {sentence(message)}
                </li>
              ))}
            </ul>
          )}
        </Callout>
      ) : previewed === undefined ? (
        <Skeleton className="h-20 w-full" />
      ) : (
        <Request request={previewed.request} isBehind={isBehind} />
      )}
    </Card>
  );
}

function Request({
  request,
  isBehind,
}: {
  readonly request: Previewed['request'];
  readonly isBehind: boolean;
}) {
  return (
    <div
      role="group"
      aria-label={store.preview.label}
      aria-busy={isBehind}
      className="flex flex-col gap-1 rounded-lg border border-line bg-code p-3.5 font-mono text-[12.5px] leading-relaxed [overflow-wrap:anywhere]"
    >
      <p>
        <strong className="text-accent-ink">{request.method}</strong> {request.origin}
        <Pieces of={request.target} />
      </p>
      {request.headers.map(({ name, value }) => (
        <p key={name}>
          <span className="text-ink-3">{name}:</span> <Pieces of={value} />
        </p>
      ))}
      {request.body !== null && <p className="mt-2 text-ink-2">{request.body}</p>}
    </div>
  );
}

function Pieces({ of: pieces }: { readonly of: Pieces }) {
  return pieces.map(({ text, fields }, at) =>
    fields.length === 0 ? (
      <span key={at}>{text}</span>
    ) : (
      <span
        key={at}
        title={store.preview.valueOf(fields.join(', '))}
        className="rounded bg-accent-soft px-1 tracking-wide text-accent-ink"
      >
        {text}
      </span>
    ),
  );
}
