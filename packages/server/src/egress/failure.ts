/**
 * Owns the translation of what went wrong on the way to an upstream into a Refusal. Must never put an address, a path
 * or TLS text into what the caller reads: those go to `detail`, for the log (P8).
 */
import { Refusal } from '../refusal.ts';

/** The failure as a Refusal; one that already is passes unchanged, e.g. from a body stream that enforces a limit. */
export function toEgressRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const code = errorCode(error);
  const detail = error instanceof Error ? `${code ?? error.name}: ${error.message}` : String(error);
  const options = { detail, cause: error };
  if (code === 'ETIMEDOUT') return new Refusal('upstream_timeout', options);
  return new Refusal('upstream_unreachable', options);
}

function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
