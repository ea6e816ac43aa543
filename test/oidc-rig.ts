/** Sign-ins at the tests' identity provider without a browser: begun at the vault, answered by the provider, and come back from. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startOidcProvider, type OidcProvider, type Person } from './oidc-provider.ts';
import { asSession } from './sessions.ts';
import { startVault, type Answer, type TestVault } from './vault.ts';

export const ORIGIN = 'https://vault.example.com';
export const CALLBACK = '/v1/session/sso/callback';
export const OUR_CA = fileURLToPath(new URL('tls/ca.pem', import.meta.url));

export interface SsoRig {
  readonly vault: TestVault & { readonly dataDir: string };
  readonly provider: OidcProvider;
  stop(): Promise<void>;
}

/** The settings of a vault for a provider, with its secret in a file. */
export async function ssoSettings(provider: OidcProvider): Promise<Record<string, string>> {
  const file = join(await mkdtemp(join(tmpdir(), 'alter-oidc-')), 'secret');
  await writeFile(file, `${provider.clientSecret}\n`);
  return {
    ALTER_OIDC_ISSUER: provider.issuer,
    ALTER_OIDC_CLIENT_ID: provider.clientId,
    ALTER_OIDC_CLIENT_SECRET_FILE: file,
    ALTER_EGRESS_CA_FILE: OUR_CA,
  };
}

export async function startSsoRig(env: Record<string, string> = {}): Promise<SsoRig> {
  const provider = await startOidcProvider(() => ORIGIN + CALLBACK);
  const vault = await startVault({
    env: { ALTER_PUBLIC_URL: ORIGIN, ...(await ssoSettings(provider)), ...env },
  });
  return {
    vault,
    provider,
    stop: async () => {
      await vault.stop();
      await provider.stop();
    },
  };
}

export interface Begun {
  /** Where the browser is sent. */
  readonly url: string;
  /** The cookie of this browser. */
  readonly cookie: string;
}

/** A cookie that an answer sets, as it is sent back; undefined where it sets none, or takes it away. */
export function cookieNamed(answer: Answer, name: string): string | undefined {
  const all = answer.headers.getSetCookie().map((one) => one.split(';')[0] ?? '');
  return all.find((one) => one.startsWith(`__Host-${name}=`) && !one.endsWith('='));
}

export async function begin(
  { vault }: SsoRig,
  path = '/v1/session/sso',
  body: unknown = {},
  session?: string,
): Promise<Begun> {
  const answer =
    session === undefined
      ? await vault.api('POST', path, body, { token: null })
      : await asSession(vault, session, 'POST', path, body);
  assert.equal(answer.status, 200, answer.text);
  return { url: answer.json.url, cookie: cookieNamed(answer, 'alter_sso') ?? '' };
}

/** The browser at the address that the provider sent it to. */
export const comeBack = ({ vault }: SsoRig, back: URL, cookie: string): Promise<Answer> =>
  vault.api('GET', back.pathname + back.search, undefined, {
    token: null,
    headers: cookie === '' ? {} : { Cookie: cookie },
  });

/** All of it, as somebody. */
export async function signInAs(rig: SsoRig, person: Person, next?: string): Promise<Answer> {
  rig.provider.person = person;
  const begun = await begin(rig, '/v1/session/sso', next === undefined ? {} : { next });
  return comeBack(rig, rig.provider.authorize(begun.url), begun.cookie);
}

export const sessionOf = (answer: Answer): string => cookieNamed(answer, 'alter_session') ?? '';

/** It went on to a page that says what was wrong, and signed nobody in. */
export function assertFault(answer: Answer, fault: string, page = '/sign-in'): void {
  assert.equal(answer.status, 302, answer.text);
  assert.equal(answer.headers.get('location'), `${page}?sso=${fault}`);
  assert.equal(sessionOf(answer), '');
}

export interface Reachable extends Person {
  readonly email: string;
}

let people = 0;
/** Somebody nobody met before, whose address the provider verified. */
export function newPerson(changes: Partial<Reachable> = {}): Reachable {
  people += 1;
  const sub = `${people}-${randomBytes(6).toString('hex')}`;
  return { sub, email: `${sub}@example.com`, email_verified: true, name: `Person ${people}`, ...changes };
}

/** Invited, and in by single sign-on. */
export async function newSsoMember(
  rig: SsoRig,
  role = 'developer',
): Promise<{ readonly person: Reachable; readonly cookie: string; readonly memberId: string }> {
  const person = newPerson();
  const { member_id: memberId } = await rig.vault.ok('POST', '/v1/invitations', {
    email: person.email,
    role,
  });
  const answer = await signInAs(rig, person);
  assert.equal(answer.headers.get('location'), '/', answer.text);
  return { person, cookie: sessionOf(answer), memberId };
}
