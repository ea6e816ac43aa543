/** The token of a one-time link: in the fragment of the address, which no server is sent, and no longer there once it was read. */
import { useEffect, useState } from 'react';

/** Empty where there is none. */
export function useLinkToken(): string {
  const [token] = useState(() => new URLSearchParams(location.hash.slice(1)).get('token') ?? '');
  useEffect(() => {
    if (location.hash !== '') history.replaceState(history.state, '', location.pathname);
  }, []);
  return token;
}
