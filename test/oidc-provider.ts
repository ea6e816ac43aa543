/**
 * An identity provider for tests (OpenID Connect), over TLS with real keys; it answers rightly, and as told wrongly. Its own checks are
 * strict: client, redirect URI, PKCE and single use of a code. Nothing of the vault's.
 */
import { createHash, createHmac, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { signInPage } from './oidc-pages.ts';

const pem = (name: string): string => readFileSync(new URL(`tls/${name}`, import.meta.url), 'utf8');
const base64url = (data: string | Buffer): string => Buffer.from(data).toString('base64url');

export interface Person {
  readonly sub: string;
  readonly email?: string;
  readonly email_verified?: unknown;
  readonly name?: string;
}

type Claims = Record<string, unknown>;
type Kind = 'RS256' | 'ES256';

/** What it does wrongly, each until it is set again. */
export interface Lies {
  metadata?: (document: Claims) => unknown;
  claims?: (claims: Claims) => Claims;
  header?: (header: Claims) => Claims;
  /** Other than with its key. */
  signing?: 'none' | 'hmac-of-public-key' | 'stranger' | 'broken';
  /** Whether it answers a path itself. */
  answer?: (path: string, response: ServerResponse) => boolean;
  /** Changes the address that the browser is sent back to. */
  back?: (url: URL) => void;
  userinfo?: Claims;
}

interface Key {
  readonly kid: string;
  readonly kind: Kind;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

interface Code {
  readonly person: Person;
  readonly challenge: string;
  readonly redirectUri: string;
  readonly nonce: string;
  readonly authTime: number;
  readonly asked: URLSearchParams;
}

export interface OidcProvider {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  lies: Lies;
  /** Who sits before it. */
  person: Person;
  /** When they proved who they are, if not now. */
  authTime: number | undefined;
  tellsAuthTime: boolean;
  /** Paths that were asked for, in order. */
  readonly asked: string[];
  /** What the browser was sent with, newest last. */
  readonly authorizations: URLSearchParams[];
  /** The person says yes, or no: the address that the browser is sent back to. */
  authorize(url: string, answer?: 'yes' | 'no'): URL;
  /** New keys, of another kind if said; the ones before are gone. */
  rotate(kind?: Kind): void;
  stop(): Promise<void>;
}

export async function startOidcProvider(redirectUri: () => string): Promise<OidcProvider> {
  const server = createServer({ cert: pem('leaf.pem'), key: pem('leaf.key') });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // edge: it listens on TCP
  const issuer = `https://localhost:${port}`;
  const codes = new Map<string, Code>();
  let key = makeKey('RS256');

  const provider: OidcProvider = {
    issuer,
    clientId: 'alter-vault',
    clientSecret: randomBytes(18).toString('base64url'),
    lies: {},
    person: { sub: 'ada', email: 'ada@example.com', email_verified: true, name: 'Ada' },
    authTime: undefined,
    tellsAuthTime: true,
    asked: [],
    authorizations: [],
    authorize: (url, answer = 'yes') => {
      const asked = new URL(url).searchParams;
      provider.authorizations.push(asked);
      check(asked.get('client_id') === provider.clientId, 'client_id');
      check(asked.get('redirect_uri') === redirectUri(), 'redirect_uri');
      check(asked.get('response_type') === 'code', 'response_type');
      check(asked.get('code_challenge_method') === 'S256', 'code_challenge_method');
      const back = new URL(redirectUri());
      back.searchParams.set('state', asked.get('state') ?? '');
      back.searchParams.set('iss', issuer);
      if (answer === 'no') back.searchParams.set('error', 'access_denied');
      else {
        const code = randomBytes(16).toString('hex');
        codes.set(code, {
          person: provider.person,
          challenge: asked.get('code_challenge') ?? '',
          redirectUri: asked.get('redirect_uri') ?? '',
          nonce: asked.get('nonce') ?? '',
          authTime: provider.authTime ?? seconds(),
          asked,
        });
        back.searchParams.set('code', code);
      }
      provider.lies.back?.(back);
      return back;
    },
    rotate: (kind = 'RS256') => {
      key = makeKey(kind);
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  const answers: Record<
    string,
    (request: IncomingMessage, response: ServerResponse) => Promise<void> | void
  > = {
    '/.well-known/openid-configuration': (_, response) => {
      const document = {
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        userinfo_endpoint: `${issuer}/userinfo`,
        jwks_uri: `${issuer}/jwks`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256', 'ES256', 'HS256', 'none'],
        authorization_response_iss_parameter_supported: true,
      };
      json(response, 200, provider.lies.metadata?.(document) ?? document);
    },
    '/jwks': (_, response) =>
      json(response, 200, {
        keys: [{ ...key.publicKey.export({ format: 'jwk' }), kid: key.kid, use: 'sig', alg: key.kind }],
      }),
    '/authorize': (request, response) => signInPage(provider, request, response),
    '/token': async (request, response) => {
      const given = new URLSearchParams(await bodyOf(request));
      const basic = (request.headers.authorization ?? '').replace(/^Basic /, '');
      // RFC 6749 §2.3.1: each in the form of a form.
      const [clientId, secret] = Buffer.from(basic, 'base64').toString().split(':').map(decodeURIComponent);
      const code = codes.get(given.get('code') ?? '');
      codes.delete(given.get('code') ?? '');
      const verifier = createHash('sha256')
        .update(given.get('code_verifier') ?? '')
        .digest();
      if (clientId !== provider.clientId || secret !== provider.clientSecret)
        return json(response, 401, { error: 'invalid_client' });
      if (
        code === undefined ||
        base64url(verifier) !== code.challenge ||
        given.get('redirect_uri') !== code.redirectUri
      )
        return json(response, 400, { error: 'invalid_grant', error_description: 'canary of the provider' });
      json(response, 200, {
        access_token: `${code.person.sub} ${randomBytes(8).toString('hex')}`,
        token_type: 'Bearer',
        id_token: idTokenOf(provider, code, key),
      });
    },
    '/userinfo': (request, response) => {
      const sub = (request.headers.authorization ?? '').split(' ')[1];
      json(response, 200, { sub, ...provider.lies.userinfo });
    },
  };

  server.on('request', (request, response) => {
    const { pathname } = new URL(request.url ?? '/', issuer);
    provider.asked.push(pathname);
    if (provider.lies.answer?.(pathname, response) === true) return;
    const answer = answers[pathname];
    if (answer === undefined) json(response, 404, {});
    else Promise.resolve(answer(request, response)).catch(() => response.destroy());
  });
  return provider;
}

export const seconds = (): number => Math.floor(Date.now() / 1000);

function idTokenOf({ issuer, clientId, tellsAuthTime, lies }: OidcProvider, code: Code, key: Key): string {
  const now = seconds();
  const truth: Claims = {
    iss: issuer,
    aud: clientId,
    iat: now,
    exp: now + 300,
    nonce: code.nonce,
    ...(tellsAuthTime ? { auth_time: code.authTime } : {}),
    ...code.person,
  };
  const claims = lies.claims?.(truth) ?? truth;
  const alg = lies.signing === 'none' ? 'none' : lies.signing === 'hmac-of-public-key' ? 'HS256' : key.kind;
  const header = lies.header?.({ alg, kid: key.kid }) ?? { alg, kid: key.kid };
  const signed = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(claims))}`;
  return `${signed}.${signatureOf(signed, key, lies.signing)}`;
}

function signatureOf(text: string, key: Key, signing: Lies['signing']): string {
  if (signing === 'none') return '';
  if (signing === 'hmac-of-public-key') {
    const publicPem = key.publicKey.export({ format: 'pem', type: 'spki' });
    return base64url(createHmac('sha256', publicPem).update(text).digest());
  }
  const { privateKey } = signing === 'stranger' ? makeKey(key.kind) : key;
  const signature = sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  if (signing === 'broken') signature[0] = (signature[0] ?? 0) ^ 1;
  return base64url(signature);
}

function makeKey(kind: Kind): Key {
  const pair =
    kind === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { kid: randomBytes(6).toString('hex'), kind, ...pair };
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

function check(isRight: boolean, what: string): void {
  if (!isRight) throw new Error(`the vault sent a wrong ${what}`);
}
