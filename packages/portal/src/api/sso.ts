/**
 * Single sign-on in the browser: it leaves for the identity provider, and comes back by way of the vault. Stepping up happens in a
 * window of its own, so that the page keeps what was typed; that window tells the page when it is back. Keeps nothing.
 */
import { sso } from '../texts/sso.ts';
import { ApiError, call } from './client.ts';

interface Start {
  readonly url: string;
}

/** Never a URL that is script. @throws ApiError */
function checked({ url }: Start): string {
  if (URL.parse(url)?.protocol === 'https:') return url;
  throw new ApiError(0, { code: 'sso_unsafe', ...sso.unsafe });
}

export const signInWithSso = async (next: string): Promise<void> =>
  location.assign(checked(await call('startSso', { body: { next } })));

export const joinWithSso = async (token: string): Promise<void> =>
  location.assign(checked(await call('startSsoInvitation', { body: { token } })));

export const linkSso = async (): Promise<void> => location.assign(checked(await call('startSsoLink', {})));

/** In the turn of the click: later browsers take it for one that nobody asked for. Null where they refuse it all the same. */
export const openWindow = (): Window | null =>
  window.open('about:blank', '_blank', 'popup,width=520,height=720');

/** Resolves once the window is on its way. @throws ApiError */
export async function stepUpWithSso(opened: Window | null): Promise<void> {
  if (opened === null) throw new ApiError(0, { code: 'window_blocked', ...sso.windowBlocked });
  try {
    opened.location.href = checked(await call('startSsoStepUp', {}));
  } catch (error) {
    opened.close();
    throw error;
  }
}

const CHANNEL = 'alter-stepped-up';

/** To the page that opened this window, which it can't reach any more. Empty: it is done. What it opens, the vault decides. */
export function tellSteppedUp(fault: string): void {
  const channel = new BroadcastChannel(CHANNEL);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel is of one origin by itself
  channel.postMessage(fault);
  channel.close();
}

/** Until the answered function is called. */
export function hearSteppedUp(onTold: (fault: string) => void): () => void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (typeof data === 'string') onTold(data);
  });
  return () => channel.close();
}
