/**
 * Following what the vault tells live. Open only while the page is in sight: a browser has few connections to one origin, and
 * shares them among all its tabs. What was missed in between is for whoever follows to read: each new beginning is told.
 */
import { urlOf, type Args, type EndpointName } from './client.ts';

/** The browser itself comes back when a connection ends; a refusal it takes for final, and we do not. */
const AGAIN_MS = 5000;

export interface Followed {
  /** By the name of the event; what `data` is, the endpoint says. */
  readonly onEvent: (event: string, data: unknown) => void;
  readonly onState: (isOpen: boolean) => void;
}

/** Answers with how it is ended. */
export function follow<N extends EndpointName>(
  name: N,
  args: Args<N>,
  events: readonly string[],
  { onEvent, onState }: Followed,
): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const close = () => {
    clearTimeout(timer);
    source?.close();
    source = undefined;
  };
  const open = () => {
    close();
    if (document.visibilityState === 'hidden') return;
    source = new EventSource(urlOf(name, args));
    source.addEventListener('open', () => onState(true));
    source.addEventListener('error', () => {
      onState(false);
      if (source?.readyState === EventSource.CLOSED) timer = setTimeout(open, AGAIN_MS);
    });
    for (const event of events)
      source.addEventListener(event, ({ data }: MessageEvent<string>) => onEvent(event, JSON.parse(data)));
  };
  const onVisibility = () => {
    if (document.visibilityState === 'visible') return open();
    close();
    onState(false);
  };
  document.addEventListener('visibilitychange', onVisibility);
  open();
  return () => {
    document.removeEventListener('visibilitychange', onVisibility);
    close();
  };
}
