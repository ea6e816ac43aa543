/** Who is signed in, and what they may do. The API decides; the portal only does not offer what would be refused. */
import type { Role, Scope } from '@alter-vault/contract';
import { useQuery } from '@tanstack/react-query';
import { ApiError, call, setCsrfToken, type Answer } from './client.ts';
import { queryClient } from './queries.ts';

export type Session = Answer<'getSession'>;
export type { Role, Scope };

const KEY = ['getSession'];

const sessionQuery = {
  queryKey: KEY,
  queryFn: async ({ signal }: { signal: AbortSignal }): Promise<Session | null> => {
    try {
      return await call('getSession', {}, { signal });
    } catch (error) {
      if (error instanceof ApiError && error.code === 'unauthenticated') return null;
      throw error;
    }
  },
  staleTime: 60_000,
};

/** Null for nobody. */
export async function loadSession(): Promise<Session | null> {
  const session = await queryClient.query({ ...sessionQuery, staleTime: 'static' });
  keepCsrfToken(session);
  return session;
}

/** After signing in, set-up or a change of who one is. */
export function adoptSession(session: Session): void {
  queryClient.clear();
  queryClient.setQueryData(KEY, session);
  keepCsrfToken(session);
}

/** The same person under a new session, or changed in what the session says of them. */
export function renewSession(session: Session): void {
  queryClient.setQueryData(KEY, session);
  keepCsrfToken(session);
}

function keepCsrfToken(session: Session | null): void {
  const token = session !== null && 'csrf_token' in session ? session.csrf_token : undefined;
  setCsrfToken(typeof token === 'string' ? token : undefined);
}

/** The session of whoever is signed in; only for pages behind the sign-in. */
export function useSession(): Session {
  const { data } = useQuery(sessionQuery);
  if (data === null || data === undefined) throw new Error('This page needs a session.');
  return data;
}

export function useCan(): (scope: Scope) => boolean {
  const { scopes } = useSession();
  return (scope) => scopes.includes(scope);
}
