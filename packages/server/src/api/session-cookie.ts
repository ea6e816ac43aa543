/** The session cookie: its one name, its attributes, and what a request with it must bring beside it (W1, W4). */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { hashesEqual } from '../access/keys.ts';
import { Refusal } from '../refusal.ts';

/** Names of the session cookie; browsers accept the first on https only. */
const SECURE_COOKIE = '__Host-alter_session';
const PLAIN_COOKIE = 'alter_session';

/** The one name that is read and set. W4: on https never the plain one, which a neighbouring host could have set. */
export const sessionCookie = (publicUrl: string): string =>
  publicUrl.startsWith('https:') ? SECURE_COOKIE : PLAIN_COOKIE;

/** An empty value and no age take it away. */
export function setSessionCookie(
  reply: FastifyReply,
  publicUrl: string,
  value: string,
  maxAgeSeconds: number,
): void {
  reply.setCookie(sessionCookie(publicUrl), value, {
    path: '/',
    httpOnly: true,
    sameSite: 'strict',
    secure: publicUrl.startsWith('https:'),
    maxAge: maxAgeSeconds,
  });
}

const changesNothing = ({ method }: FastifyRequest): boolean => method === 'GET' || method === 'HEAD';

/** W1: with a cookie, a request that changes something must come from our own pages. */
export function checkSameOrigin(request: FastifyRequest, publicUrl: string): void {
  if (changesNothing(request)) return;
  const { origin, 'sec-fetch-site': site } = request.headers;
  const isOurs = site === undefined ? origin === new URL(publicUrl).origin : site === 'same-origin';
  if (!isOurs) throw fromElsewhere();
}

/** W1, W4: nobody is signed in as somebody else by a page of another origin. A program says of neither where it is. */
export function checkNotCrossSite(request: FastifyRequest, publicUrl: string): void {
  const { origin, 'sec-fetch-site': site } = request.headers;
  if (site !== undefined && site !== 'same-origin') throw fromElsewhere();
  if (origin !== undefined && origin !== new URL(publicUrl).origin) throw fromElsewhere();
}

/** W1: what changes something also carries what only our pages could read. */
export function checkCsrfToken(request: FastifyRequest, expected: Buffer): void {
  if (changesNothing(request)) return;
  const given = request.headers['alter-csrf'];
  const isRight = typeof given === 'string' && hashesEqual(Buffer.from(given, 'base64url'), expected);
  if (!isRight) throw new Refusal('csrf_token_invalid');
}

const fromElsewhere = (): Refusal =>
  new Refusal('insufficient_scope', {
    message: 'A session may be used from the pages of this vault only.',
    hint: 'Programs use an access token instead of a session.',
  });

/** The cookie of a sign-in at the identity provider. W10: lax, since the way back begins at another site; it opens nothing. */
export const ssoCookie = (publicUrl: string): string =>
  publicUrl.startsWith('https:') ? '__Host-alter_sso' : 'alter_sso';

export function setSsoCookie(
  reply: FastifyReply,
  publicUrl: string,
  value: string,
  maxAgeSeconds: number,
): void {
  reply.setCookie(ssoCookie(publicUrl), value, {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: publicUrl.startsWith('https:'),
    maxAge: maxAgeSeconds,
  });
}
