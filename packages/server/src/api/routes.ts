/**
 * Registers endpoints of the contract's table: who may call, what is validated, idempotency. Every route of the
 * control plane goes through `route`, so that none can forget a check.
 */
import type { EndpointName, Endpoint, Permission, Scope } from '@alter-vault/contract';
import { ENDPOINTS } from '@alter-vault/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Caller as KeyHolder } from '../access/authenticate.ts';
import { hashCredentialText, hashesEqual } from '../access/keys.ts';
import { actorOfSession, actorOfToken, csrfToken, type Actor } from '../access/people.ts';
import { Refusal } from '../refusal.ts';
import { findAnswer, insertAnswer, lockScope } from '../store/idempotency.ts';
import type { ApiParts } from './parts.ts';
import { checkSteppedUp } from './people/stepped-up.ts';
import { checkCsrfToken, checkNotCrossSite, checkSameOrigin, sessionCookie } from './session-cookie.ts';

type Out<T> = T extends z.ZodType ? z.output<T> : undefined;
type In<T> = T extends z.ZodType ? z.input<T> : unknown;
type Get<E, K extends string> = E extends Record<K, infer V> ? V : undefined;

export interface Call<E extends Endpoint> {
  readonly params: Out<Get<E, 'params'>>;
  readonly query: Out<Get<E, 'query'>>;
  readonly body: Out<Get<E, 'body'>>;
  /** Of a public endpoint and of the data plane: nobody. */
  readonly actor: E['permission'] extends 'anyone' | 'api_key'
    ? undefined
    : E['permission'] extends 'key_or_member'
      ? Actor | undefined
      : Actor;
  /** Who holds the API key, where one may call. */
  readonly holder: E['permission'] extends 'api_key'
    ? KeyHolder
    : E['permission'] extends 'key_or_member'
      ? KeyHolder | undefined
      : undefined;
  readonly requestId: string;
  readonly ip: string;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

export type Answer<E extends Endpoint> = In<Get<E, 'answer'>>;
export type Handler<E extends Endpoint> = (call: Call<E>) => Promise<Answer<E>>;

/** Idempotent requests at once: each holds two connections of the pool. */
const IDEMPOTENT_AT_ONCE = 3;
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

export class Routes {
  readonly #app: FastifyInstance;
  readonly #parts: ApiParts;
  #idempotentRunning = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(app: FastifyInstance, parts: ApiParts) {
    this.#app = app;
    this.#parts = parts;
  }

  route<Name extends EndpointName>(name: Name, handler: Handler<(typeof ENDPOINTS)[Name]>): void {
    type E = (typeof ENDPOINTS)[Name];
    const endpoint: Endpoint = ENDPOINTS[name];
    this.#app.route({
      method: endpoint.method,
      url: endpoint.path,
      schema: {
        ...(endpoint.params ? { params: endpoint.params } : {}),
        ...(endpoint.query ? { querystring: endpoint.query } : {}),
        ...(endpoint.body ? { body: endpoint.body } : {}),
        ...(endpoint.answer ? { response: { [endpoint.status]: endpoint.answer } } : {}),
      },
      onRequest: async (request) => {
        if (isForKey(endpoint, request)) request.holder = await this.#parts.authenticateKey(request);
        else request.actor = await this.#authenticate(endpoint, request);
      },
      // Nothing sent is an empty object: what has no required field needs no body.
      preValidation: async (request) => {
        if (endpoint.body !== undefined && request.body === undefined) request.body = {};
      },
      handler: async (request, reply) => {
        const call = {
          params: request.params,
          query: request.query,
          body: request.body,
          actor: request.actor,
          holder: request.holder,
          requestId: request.id,
          ip: request.ip,
          request,
          reply,
        } as unknown as Call<E>; // edge: Fastify validated these against the endpoint's schemas
        reply.status(endpoint.status);
        const answer = await this.#once(endpoint, { request, reply }, () => handler(call));
        if (endpoint.status === 204) return reply.send();
        return answer ?? reply;
      },
    });
  }

  async #authenticate(endpoint: Endpoint, request: FastifyRequest): Promise<Actor | undefined> {
    const { permission, opensSession, sessionOnly, stepUp } = endpoint;
    if (opensSession) checkNotCrossSite(request, this.#parts.publicUrl());
    if (permission === 'anyone') return undefined;
    const actor = await memberOf(this.#parts, request);
    if (isScope(permission) && !actor.scopes.includes(permission)) throw missingScope(permission);
    if (sessionOnly && actor.via !== 'session') throw needsSession();
    if (stepUp && actor.via === 'session') await checkSteppedUp(this.#parts, actor);
    return actor;
  }

  /** Runs the request, or finds the answer that its Idempotency-Key got before, less what is shown once. */
  async #once(
    endpoint: Endpoint,
    { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
    run: () => Promise<unknown>,
  ): Promise<unknown> {
    const key = request.headers['idempotency-key'];
    const { actor } = request;
    if (key === undefined || endpoint.idempotent === undefined || actor === undefined) return run();
    if (typeof key !== 'string' || !IDEMPOTENCY_KEY.test(key)) {
      throw new Refusal('invalid_request', {
        issues: [{ path: 'Idempotency-Key', message: 'must be 1 to 255 printable ASCII characters' }],
      });
    }
    const macKey = this.#parts.keyring().primary('idempotency').key;
    const scope = hashCredentialText(
      macKey,
      JSON.stringify([actor.memberId, request.method, request.url, key]),
    );
    const bodyMac = hashCredentialText(macKey, JSON.stringify(request.body));
    // The transaction around it may be tried again; what was made must not be made again.
    let made: Promise<unknown> | undefined;
    return this.#inTurn(() =>
      this.#parts.db.transaction(async (tx) => {
        await lockScope(tx, scope);
        const before = await findAnswer(tx, actor.orgId, scope);
        if (before !== undefined) {
          reply.header('Idempotent-Replayed', 'true');
          return replay(before.body_mac, bodyMac, before.answer);
        }
        made ??= run();
        const answer = await made;
        await insertAnswer(tx, actor.orgId, scope, {
          body_mac: bodyMac,
          status: endpoint.status,
          answer: withoutOnce(answer, endpoint.idempotent?.once ?? []),
        });
        return answer;
      }),
    );
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    while (this.#idempotentRunning >= IDEMPOTENT_AT_ONCE)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#idempotentRunning += 1;
    try {
      return await work();
    } finally {
      this.#idempotentRunning -= 1;
      this.#waiting.shift()?.();
    }
  }
}

/** The member who asks, by token or session, as they are now. @throws Refusal `unauthenticated` */
export async function memberOf(parts: ApiParts, request: FastifyRequest): Promise<Actor> {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const text = /^Bearer +([\x21-\x7e]+) *$/i.exec(authorization)?.[1] ?? '';
    return actorOfToken(parts, text, request.ip);
  }
  const cookie = request.cookies[sessionCookie(parts.publicUrl())];
  if (cookie === undefined) throw new Refusal('unauthenticated');
  checkSameOrigin(request, parts.publicUrl());
  const actor = await actorOfSession(parts, cookie, request.ip);
  checkCsrfToken(request, csrfToken(parts.pepper(), actor.viaId));
  return actor;
}

/** The data plane reads no cookie; where both may call, the form of what is presented says which it is. */
function isForKey({ permission }: Endpoint, request: FastifyRequest): boolean {
  if (permission === 'api_key') return true;
  return permission === 'key_or_member' && /^Bearer +alter_key_/i.test(request.headers.authorization ?? '');
}

const isScope = (permission: Permission): permission is Scope => permission.includes(':');

const missingScope = (scope: Scope): Refusal =>
  new Refusal('insufficient_scope', { message: `This needs the scope ${scope}.` });

const needsSession = (): Refusal =>
  new Refusal('insufficient_scope', {
    message: 'Only a session may do this.',
    hint: 'Sign in; a token acts by its scopes and changes nothing of how its member comes in.',
  });

function replay(before: Buffer, now: Buffer, answer: unknown): unknown {
  if (hashesEqual(before, now)) return answer;
  throw new Refusal('conflict', {
    message: 'This Idempotency-Key was used with another body.',
    hint: 'Use a new key for a new request.',
  });
}

function withoutOnce(answer: unknown, once: readonly string[]): unknown {
  if (typeof answer !== 'object' || answer === null) return answer;
  return Object.fromEntries(Object.entries(answer).filter(([name]) => !once.includes(name)));
}

declare module 'fastify' {
  interface FastifyRequest {
    actor: Actor | undefined;
    holder: KeyHolder | undefined;
  }
}
