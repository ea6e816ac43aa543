/**
 * Single sign-on with the identity provider of the settings (OpenID Connect): code flow with PKCE, state and nonce; issuer, audience,
 * times and signature of the ID token are checked, and never by a key that the client shares. Knows no members: what a claim
 * means is for those who ask (W10).
 */
import * as client from 'openid-client';
import type { Clock } from '../access/clock.ts';
import type { Egress } from '../egress/egress.ts';
import type { Log } from '../log.ts';
import type { FlowChecks } from '../people/sso-flows.ts';
import { SsoRefused } from '../people/sso-refused.ts';
import { Refusal } from '../refusal.ts';
import type { Secret } from '../vault/secret.ts';
import { askThrough, isUnreachable } from './asking.ts';
import { checkFresh, checkTimes, claimsOf, ownKindsOf, type SsoClaims } from './claims.ts';

/** Its endpoints change seldom; its keys are read anew at every sign-in, so that one that it gave up counts no longer. */
const METADATA_MS = 10 * 60_000;

export interface SsoSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: Secret | undefined;
  /** What the button says. */
  readonly name: string;
  /** With spaces between. */
  readonly scopes: string;
}

export interface SsoProviderParts {
  readonly egress: Egress;
  readonly settings: SsoSettings;
  readonly redirectUri: () => string;
  readonly clock: Clock;
  readonly log: Log;
}

export class SsoProvider {
  readonly #parts: SsoProviderParts;
  #known: { readonly metadata: Promise<client.ServerMetadata>; readonly until: number } | undefined;

  constructor(parts: SsoProviderParts) {
    this.#parts = parts;
  }

  get name(): string {
    return this.#parts.settings.name;
  }

  get issuer(): string {
    return this.#parts.settings.issuer;
  }

  get clientId(): string {
    return this.#parts.settings.clientId;
  }

  get redirectUri(): string {
    return this.#parts.redirectUri();
  }

  /** Where the browser is sent. @throws Refusal `unavailable` */
  async begin(checks: FlowChecks): Promise<string> {
    const challenge = await client.calculatePKCECodeChallenge(checks.verifier);
    try {
      return client.buildAuthorizationUrl(await this.#configuration(), {
        redirect_uri: this.#parts.redirectUri(),
        scope: this.#parts.settings.scopes,
        state: checks.state,
        nonce: checks.nonce,
        code_challenge: challenge,
        code_challenge_method: 'S256',
        ...(checks.isFresh ? { prompt: 'login', max_age: '0' } : {}),
      }).href;
    } catch (error) {
      this.#tell(error, 'single sign-on can not begin: the identity provider gives no usable answer');
      throw new Refusal('unavailable', {
        message: 'The identity provider can’t be reached.',
        hint: 'Try again shortly, or come in another way. The vault’s log tells operators why.',
      });
    }
  }

  /** What the provider says of who came back with `query`. The log says what did not hold. @throws SsoRefused */
  async finish(query: string, checks: FlowChecks): Promise<SsoClaims> {
    try {
      const configuration = await this.#configuration();
      const url = new URL(this.#parts.redirectUri());
      url.search = query;
      const tokens = await client.authorizationCodeGrant(configuration, url, {
        pkceCodeVerifier: checks.verifier,
        expectedState: checks.state,
        expectedNonce: checks.nonce,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (claims === undefined) throw new TypeError('there is no ID token');
      const now = this.#parts.clock.now();
      checkTimes(claims, checks.startedAt, now);
      if (claims.azp !== undefined && claims.azp !== this.#parts.settings.clientId)
        throw new TypeError('the ID token was issued to another client');
      if (checks.isFresh) checkFresh(claims, checks.startedAt, now);
      return claimsOf(claims, await emailOf(configuration, tokens.access_token, claims));
    } catch (error) {
      if (error instanceof SsoRefused) throw error;
      this.#tell(error, 'a single sign-on was refused');
      throw new SsoRefused(faultOf(error));
    }
  }

  /** A new one each time: it keeps the keys of the provider that it has read. */
  async #configuration(): Promise<client.Configuration> {
    const { settings, egress } = this.#parts;
    const metadata = await this.#metadata();
    const secret = settings.clientSecret?.revealText();
    const made = new client.Configuration(
      metadata,
      settings.clientId,
      undefined,
      secret === undefined ? client.None() : wayToProve(metadata)(secret),
    );
    made[client.customFetch] = askThrough(egress);
    // The signature of the ID token too, though it came over TLS from the provider itself.
    client.enableNonRepudiationChecks(made);
    return made;
  }

  #metadata(): Promise<client.ServerMetadata> {
    const now = performance.now();
    if (this.#known === undefined || this.#known.until < now) {
      const known = { metadata: this.#discover(), until: now + METADATA_MS };
      this.#known = known;
      // What fails is read anew at the next sign-in.
      known.metadata.catch(() => {
        if (this.#known === known) this.#known = undefined;
      });
    }
    return this.#known.metadata;
  }

  async #discover(): Promise<client.ServerMetadata> {
    const { settings, egress } = this.#parts;
    const found = await client.discovery(
      new URL(settings.issuer),
      settings.clientId,
      undefined,
      client.None(),
      { [client.customFetch]: askThrough(egress) },
    );
    const metadata = found.serverMetadata();
    // Compared as it stands: the ID token names it so, and identities are kept under it.
    if (metadata.issuer !== settings.issuer)
      throw new TypeError(
        `the provider calls itself ${JSON.stringify(metadata.issuer)}: set ALTER_OIDC_ISSUER to that`,
      );
    for (const name of ENDPOINTS)
      if (URL.parse(metadata[name] ?? '')?.protocol !== 'https:')
        throw new TypeError(`the provider names no ${name} by https`);
    return Object.assign(metadata, { id_token_signing_alg_values_supported: ownKindsOf(metadata) });
  }

  /** I8: of errors of the library only what it says itself; what they carry holds tokens. */
  #tell(error: unknown, message: string): void {
    const reasons: string[] = [];
    for (let at = error; at instanceof Error && reasons.length < 8; at = at.cause)
      reasons.push(at.message.slice(0, REASON_CHARS_MAX));
    const told =
      error instanceof client.AuthorizationResponseError || error instanceof client.ResponseBodyError
        ? wordOf(error.error)
        : undefined;
    this.#parts.log.warn({ reasons, ...(told === undefined ? {} : { provider_error: told }) }, message);
  }
}

/** Some of it the provider said. */
const REASON_CHARS_MAX = 300;

/** The first is handed to the browser: never a URL that is script. */
const ENDPOINTS = ['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const;

/** RFC 6749 §2.3.1: by header, unless the provider takes it in the body alone. */
function wayToProve(metadata: client.ServerMetadata): (secret: string) => client.ClientAuth {
  const known = metadata.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
  const isInBody = !known.includes('client_secret_basic') && known.includes('client_secret_post');
  return isInBody ? client.ClientSecretPost : client.ClientSecretBasic;
}

/** Some providers tell the address at the userinfo endpoint alone. */
async function emailOf(
  configuration: client.Configuration,
  accessToken: string,
  claims: client.IDToken,
): Promise<{ readonly email?: unknown; readonly email_verified?: unknown }> {
  const { email, email_verified } = claims;
  if (email !== undefined || configuration.serverMetadata().userinfo_endpoint === undefined)
    return { email, email_verified };
  return client.fetchUserInfo(configuration, accessToken, claims.sub);
}

/** The person said no, or the provider would have had to ask them. */
const SAID_NO = ['access_denied', 'consent_required', 'interaction_required', 'login_required'];
const NOT_NOW = ['temporarily_unavailable', 'server_error'];

function faultOf(error: unknown): 'denied' | 'unavailable' | 'refused' {
  if (isUnreachable(error)) return 'unavailable';
  if (!(error instanceof client.AuthorizationResponseError)) return 'refused';
  if (SAID_NO.includes(error.error)) return 'denied';
  return NOT_NOW.includes(error.error) ? 'unavailable' : 'refused';
}

/** A code of the provider, and no text of somebody who made the address up. */
const wordOf = (code: string): string | undefined => (/^[a-z_]{1,64}$/.test(code) ? code : undefined);
