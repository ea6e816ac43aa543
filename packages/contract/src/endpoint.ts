/** What an entry of the endpoint table must declare. Types and one function that checks them; no entries. */
import type { z } from 'zod';
import type { Scope } from './scopes.ts';

/**
 * Who may call: anybody, whoever is signed in, a holder of the scope, an API key (the data plane), or either an API key or
 * whoever is signed in.
 */
export type Permission = 'anyone' | 'signed_in' | 'api_key' | 'key_or_member' | Scope;

export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** In the form of Fastify: parameters as `:name`. */
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  readonly permission: Permission;
  /** The kind of the audit event that a success leaves; null for what changes nothing. */
  readonly audit: string | null;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodObject;
  /** 302: the answer is a `Location`. */
  readonly status: 200 | 201 | 204 | 302;
  readonly answer?: z.ZodType;
  /** Takes `Idempotency-Key`; the fields named here are left out of a replay. */
  readonly idempotent?: { readonly once: readonly string[] };
  /** The answer is not JSON of `answer` but this media type. */
  readonly mediaType?: string;
  /** A session must have stepped up within the last minutes: its person proved again who they are. A token acts by its scopes. */
  readonly stepUp?: true;
  /** For sessions alone: what makes it is a person's own, and no token may change it. */
  readonly sessionOnly?: true;
  /** Public, and may set a cookie: a browser must be on the vault's own pages (W1: nobody is signed in as somebody else). */
  readonly opensSession?: true;
}

export const define = <const E extends Endpoint>(endpoint: E): E => endpoint;
