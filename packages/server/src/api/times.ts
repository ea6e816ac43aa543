/** Expiry as callers give it: a moment or a time to live, in the future, by the database's clock. */
import { Refusal } from '../refusal.ts';

export interface Lifetime {
  readonly expires_at?: string | undefined;
  readonly ttl_seconds?: number | undefined;
}

/** @throws Refusal `invalid_request` for both at once, or a moment that is over */
export function parseExpiry(lifetime: Lifetime, now: number): Date | null {
  if (lifetime.expires_at !== undefined && lifetime.ttl_seconds !== undefined) {
    throw new Refusal('invalid_request', {
      issues: [{ path: 'ttl_seconds', message: 'give expires_at or ttl_seconds, not both' }],
    });
  }
  if (lifetime.ttl_seconds !== undefined) return new Date(Math.floor(now) + lifetime.ttl_seconds * 1000);
  if (lifetime.expires_at === undefined) return null;
  const at = new Date(lifetime.expires_at);
  if (at.getTime() > now) return at;
  throw new Refusal('invalid_request', {
    issues: [{ path: 'expires_at', message: 'must be in the future' }],
  });
}
