/**
 * Passkeys in the browser: what the vault asks goes to an authenticator, and its answer back. What the browser says no with
 * becomes an `ApiError` that says what to do. Keeps nothing.
 */
import { passkeys as texts } from '../texts/passkeys.ts';
import { ApiError, call, type Answer, type Body } from './client.ts';

type Options = Answer<'startPasskey'>['options'];
type Made = Body<'addPasskey'>['credential'];
type Proof = Body<'signInWithPasskey'>['credential'];

/** Whether this browser knows passkeys, and their form as JSON. */
export const knowsPasskeys = (): boolean =>
  typeof PublicKeyCredential === 'function' && 'parseRequestOptionsFromJSON' in PublicKeyCredential;

/** Has a new passkey made. @throws ApiError */
async function makePasskey(options: Options): Promise<Made> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(asCreation(options));
  const made = await asked(() => navigator.credentials.create({ publicKey }));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- edge: RegistrationResponseJSON, which the vault judges
  return made.toJSON() as Made;
}

/** Has a passkey answer; `conditional` waits until one is chosen in the list of a field. @throws ApiError */
async function askPasskey(
  options: Options,
  more: { readonly mediation?: 'conditional'; readonly signal?: AbortSignal } = {},
): Promise<Proof> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(asRequest(options));
  const answer = await asked(() => navigator.credentials.get({ publicKey, ...more }));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- edge: AuthenticationResponseJSON, which the vault judges
  return answer.toJSON() as Proof;
}

/** Adds a passkey of this device or of a key that is plugged in. */
export async function addPasskey(name: string): Promise<Answer<'addPasskey'>> {
  const { options } = await call('startPasskey', {});
  return call('addPasskey', { body: { name, credential: await makePasskey(options) } });
}

/** Takes up an invitation with a passkey of this device. */
export async function joinWithPasskey({
  name,
  ...joining
}: Pick<Body<'acceptInvitation'>, 'token' | 'display_name'> & { readonly name: string }): Promise<
  Answer<'acceptInvitation'>
> {
  const { options } = await call('startInvitationPasskey', { body: { token: joining.token } });
  const passkey = { name, credential: await makePasskey(options) };
  return call('acceptInvitation', { body: { ...joining, passkey } });
}

export async function signInWithPasskey(): Promise<Answer<'signInWithPasskey'>> {
  const { options } = await call('startPasskeySignIn', {});
  return call('signInWithPasskey', { body: { credential: await askPasskey(options) } });
}

export async function stepUpWithPasskey(): Promise<Answer<'stepUpWithPasskey'>> {
  const { options } = await call('startPasskeyStepUp', {});
  return call('stepUpWithPasskey', { body: { credential: await askPasskey(options) } });
}

/** A challenge is good for five minutes: what waits longer asks for another before. */
const WAIT_MS = 4 * 60_000;

/**
 * Offers passkeys in the list of the field for the e-mail address, where the browser can, until one is chosen or `signal` ends
 * it. Undefined where it can't, or was ended: the page has a button too.
 */
export async function offerPasskeys(signal: AbortSignal): Promise<Proof | undefined> {
  if (!knowsPasskeys() || !(await PublicKeyCredential.isConditionalMediationAvailable())) return undefined;
  for (;;) {
    const round = AbortSignal.any([signal, AbortSignal.timeout(WAIT_MS)]);
    try {
      const { options } = await call('startPasskeySignIn', {}, { signal });
      return await askPasskey(options, { mediation: 'conditional', signal: round });
    } catch {
      if (signal.aborted || !round.aborted) return undefined;
    }
  }
}

async function asked(ask: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  try {
    const answer = await ask();
    if (answer instanceof PublicKeyCredential) return answer;
    throw new DOMException('', 'NotAllowedError');
  } catch (error) {
    const name = error instanceof DOMException ? error.name : '';
    throw new ApiError(0, { code: `passkey_${name}`, ...(texts.failures[name] ?? texts.failed) });
  }
}

/** The options of WebAuthn as JSON: the vault makes them for this, and the contract leaves them open. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- edge: as above
const asCreation = (options: unknown) => options as PublicKeyCredentialCreationOptionsJSON;
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- edge: as above
const asRequest = (options: unknown) => options as PublicKeyCredentialRequestOptionsJSON;
