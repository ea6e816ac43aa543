/**
 * The portal's only way to the vault: one typed call for each endpoint of the contract. Keeps the CSRF token of the session in
 * memory, asks for a step-up where an answer demands one, and turns every failure into an `ApiError`. Stores nothing.
 */
import type { ENDPOINTS } from '@alter-vault/contract';
import type { z } from 'zod';
import { endpoints, idempotent } from './endpoints.ts';

export type EndpointName = keyof typeof endpoints;
type Endpoint<N extends EndpointName> = (typeof ENDPOINTS)[N];
type In<E, K extends string> =
  E extends Record<K, infer S> ? (S extends z.ZodType ? z.input<S> : never) : never;

/** What an endpoint answers; undefined where it answers with nothing. */
export type Answer<N extends EndpointName> =
  Endpoint<N> extends { readonly answer: infer S } ? (S extends z.ZodType ? z.output<S> : never) : undefined;
export type Body<N extends EndpointName> = In<Endpoint<N>, 'body'>;

type Part<K extends string, T> = [T] extends [never]
  ? unknown
  : object extends T
    ? { [P in K]?: T }
    : { [P in K]: T };
export type Args<N extends EndpointName> = Part<'params', In<Endpoint<N>, 'params'>> &
  Part<'query', In<Endpoint<N>, 'query'>> &
  Part<'body', Body<N>>;

export interface Issue {
  readonly path: string;
  readonly message: string;
}

/** What the vault, or the way to it, said no with. */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  readonly hint: string | undefined;
  readonly requestId: string | undefined;
  readonly issues: readonly Issue[];
  readonly retryAfterSeconds: number | undefined;
  /** The whole error as it was answered, for what only some codes carry. */
  readonly detail: Readonly<Record<string, unknown>>;

  constructor(status: number, detail: Readonly<Record<string, unknown>>, retryAfterSeconds?: number) {
    super(
      typeof detail['message'] === 'string'
        ? detail['message']
        : 'The vault gave no answer that the portal understands.',
    );
    this.name = 'ApiError';
    this.status = status;
    this.code = typeof detail['code'] === 'string' ? detail['code'] : 'internal';
    this.hint = typeof detail['hint'] === 'string' ? detail['hint'] : undefined;
    this.requestId = typeof detail['request_id'] === 'string' ? detail['request_id'] : undefined;
    this.issues = Array.isArray(detail['issues']) ? detail['issues'].filter(isIssue) : [];
    this.retryAfterSeconds = retryAfterSeconds;
    this.detail = detail;
  }
}

const isIssue = (value: unknown): value is Issue =>
  typeof value === 'object' && value !== null && 'path' in value && 'message' in value;

/** What the application around the client does when an answer asks for somebody to act. */
export interface ClientHooks {
  /** Shows the step-up in the ways that this member has, and resolves to whether it was done. */
  readonly stepUp: (methods: readonly string[]) => Promise<boolean>;
  /** The session is over. */
  readonly signedOut: () => void;
}

let hooks: ClientHooks | undefined;
let csrfToken: string | undefined;

export function setClientHooks(next: ClientHooks): void {
  hooks = next;
}

/** The token that goes with every change (W1); it comes with the session and goes with it. */
export function setCsrfToken(token: string | undefined): void {
  csrfToken = token;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** The same change sent again finds the first answer. */
  readonly idempotencyKey?: string;
}

/** @throws ApiError for every answer but a success */
export async function call<N extends EndpointName>(
  name: N,
  args: Args<N>,
  options: CallOptions = {},
): Promise<Answer<N>> {
  const response = await send(name, args, options);
  if (response.ok) {
    if (response.headers.get('idempotent-replayed') === 'true' && (idempotent[name] ?? []).length > 0)
      throw madeBefore();
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- edge: the contract says what each endpoint answers
    return (response.status === 204 ? undefined : await response.json()) as Answer<N>;
  }
  const error = await errorOf(response);
  if (error.code === 'step_up_required' && hooks !== undefined && (await hooks.stepUp(methodsOf(error))))
    return call(name, args, options);
  if (error.code === 'unauthenticated' && !PROVING.has(name)) hooks?.signedOut();
  throw error;
}

/** What is shown once was in an answer that never came: a try after it finds the thing without it. */
const madeBefore = (): ApiError =>
  new ApiError(409, {
    code: MADE_BEFORE,
    message: 'This was made by your first try, whose answer got lost.',
    hint: 'What is shown once is not shown again. Close this: it stands in the list. Rotate or replace it there.',
  });
const MADE_BEFORE = 'made_before';

/** Whether something may have been changed all the same. */
export const isUnsure = ({ status, code }: ApiError): boolean =>
  status === 0 || status >= 500 || code === MADE_BEFORE;

/** What an endpoint answers that speaks no JSON. @throws ApiError for every answer but a success */
export async function callText<N extends EndpointName>(
  name: N,
  args: Args<N>,
  options: CallOptions = {},
): Promise<string> {
  const response = await send(name, args, options);
  if (!response.ok) throw await errorOf(response);
  return response.text();
}

function methodsOf({ detail }: ApiError): readonly string[] {
  const methods = detail['step_up_methods'];
  return Array.isArray(methods) ? methods.filter((method) => typeof method === 'string') : [];
}

/** What proves who somebody is: where it is refused, that says nothing of the session. */
const PROVING = new Set<EndpointName>([
  'acceptInvitation',
  'addPasskey',
  'changePassword',
  'completeRecovery',
  'confirmTotp',
  'getSession',
  'readInvitation',
  'readRecovery',
  'setUp',
  'signIn',
  'signInWithPasskey',
  'startInvitationPasskey',
  'startSsoInvitation',
  'stepUp',
  'stepUpWithPasskey',
]);

async function send<N extends EndpointName>(name: N, args: Args<N>, options: CallOptions): Promise<Response> {
  const [method = 'GET'] = endpoints[name].split(' ');
  const { body } = partsOf(args);
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (method !== 'GET' && csrfToken !== undefined) headers['Alter-Csrf'] = csrfToken;
  if (options.idempotencyKey !== undefined) headers['Idempotency-Key'] = options.idempotencyKey;
  try {
    return await fetch(urlOf(name, args), {
      method,
      headers,
      credentials: 'same-origin',
      redirect: 'error',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  } catch (error) {
    if (options.signal?.aborted === true) throw error;
    throw new ApiError(0, {
      code: 'unreachable',
      message: 'The vault can’t be reached.',
      hint: 'Check that it runs and that you are on its network; nothing was changed that was not confirmed.',
    });
  }
}

interface Parts {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
}

/** Which parts an endpoint takes differs, and the compiler does not follow that through N. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- edge: `Args` is made of these parts
export const partsOf = (args: unknown): Parts => args as Parts;

/** The address of an endpoint, for links to downloads and streams too. */
export function urlOf<N extends EndpointName>(name: N, args: Args<N>): string {
  const [, path = ''] = endpoints[name].split(' ');
  const { params = {}, query = {} } = partsOf(args);
  const filled = path.replaceAll(/:(\w+)/g, (_, key: string) => encodeURIComponent(params[key] ?? ''));
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') search.set(key, String(value));
  }
  return search.size === 0 ? filled : `${filled}?${search.toString()}`;
}

async function errorOf(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => undefined);
  const error = typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined;
  const detail: Readonly<Record<string, unknown>> =
    typeof error === 'object' && error !== null ? { ...error } : {};
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new ApiError(response.status, detail, Number.isFinite(retryAfter) ? retryAfter : undefined);
}
