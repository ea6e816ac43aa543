/** Passkeys, by an authenticator in software: adding, coming in, stepping up, and every answer that must not hold. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Authenticator, type Wrongly } from './authenticator.ts';
import { sql } from './postgres.ts';
import { asSession, cookieOf, newMember, signIn, stepUp, type SignedIn } from './sessions.ts';
import { startVault, stopPostgres, testPostgres, type Answer, type Json, type TestVault } from './vault.ts';

const ORIGIN = 'https://vault.example.com';

let vault: TestVault;
let superuser: string;

before(async () => {
  vault = await startVault({ env: { ALTER_PUBLIC_URL: ORIGIN } });
  superuser = await superuserOf(vault);
});
after(async () => {
  await vault?.stop();
  await stopPostgres();
});

async function superuserOf(of: TestVault): Promise<string> {
  const url = new URL((await testPostgres()).superuserUrl);
  url.pathname = new URL(of.urls.ownerUrl).pathname;
  return url.href;
}

const codeOf = ({ json }: Answer): string | undefined => json?.error?.code;
const post = (path: string, body?: unknown): Promise<Answer> =>
  vault.api('POST', path, body, { token: null });

async function begin(cookie: string, path: string): Promise<Json> {
  const answer = await asSession(vault, cookie, 'POST', path);
  assert.equal(answer.status, 200, answer.text);
  return answer.json.options;
}

interface Holder extends SignedIn {
  readonly device: Authenticator;
  readonly passkeyId: string;
}

/** A member with a passkey. */
async function holder(role = 'developer', counter = 0): Promise<Holder> {
  const one = await newMember(vault, role);
  await stepUp(vault, one.cookie);
  const device = new Authenticator(ORIGIN);
  device.counter = counter;
  const credential = device.register(await begin(one.cookie, '/v1/passkeys/options'));
  const added = await asSession(vault, one.cookie, 'POST', '/v1/passkeys', { name: 'laptop', credential });
  assert.equal(added.status, 201, added.text);
  return { ...one, device, passkeyId: added.json.passkey_id };
}

async function challenge(): Promise<{ challenge: string }> {
  const answer = await post('/v1/session/passkey/options');
  assert.equal(answer.status, 200, answer.text);
  return answer.json.options;
}

const comeIn = async (device: Authenticator, wrongly: Wrongly = {}): Promise<Answer> =>
  post('/v1/session/passkey', { credential: device.answer(await challenge(), wrongly) });

const forgetGuesses = (): Promise<unknown> => sql(superuser, 'DELETE FROM sign_in_failures');

test('a passkey is added under a name, listed, comes in as both factors, and is removed', async () => {
  const one = await holder();
  const options = await begin(one.cookie, '/v1/passkeys/options');
  assert.equal(options.rp.id, 'vault.example.com');
  assert.equal(options.authenticatorSelection.userVerification, 'required');
  assert.equal(options.attestation, 'none');
  assert.deepEqual(options.excludeCredentials[0].id, one.device.id.toString('base64url'));

  const signedIn = await comeIn(one.device);
  assert.equal(signedIn.status, 200, signedIn.text);
  assert.equal(signedIn.json.member_id, one.memberId);
  assert.equal(signedIn.json.passkeys, 1);
  const cookie = cookieOf(signedIn);
  const [session] = (await asSession(vault, cookie, 'GET', '/v1/sessions')).json.items;
  assert.equal(session.signed_in_by, 'passkey');
  const { items } = (await asSession(vault, cookie, 'GET', '/v1/passkeys')).json;
  assert.equal(items.length, 1);
  assert.equal(items[0].name, 'laptop');
  assert.equal(items[0].is_synced, true);
  assert.ok(items[0].last_used_at !== null);

  const at = `/v1/passkeys/${one.passkeyId}`;
  assert.equal((await asSession(vault, cookie, 'PATCH', at, { name: 'old laptop' })).json.name, 'old laptop');
  assert.equal((await comeIn(one.device)).status, 200, 'by whatever name');
  const stranger = await holder('owner');
  assert.equal((await asSession(vault, stranger.cookie, 'DELETE', at)).status, 404);
  assert.equal((await asSession(vault, one.cookie, 'DELETE', at)).status, 204);
  assert.equal(codeOf(await comeIn(one.device)), 'unauthenticated');
});

test('a session steps up with a passkey of its own member, and of nobody else', async () => {
  const one = await holder('owner');
  const other = await holder('owner');
  const cookie = await signIn(vault, one.email);
  const refused = await asSession(vault, cookie, 'POST', '/v1/tokens', { name: 't' });
  assert.deepEqual(refused.json.error.step_up_methods, ['password', 'passkey']);
  const step = async (device: Authenticator): Promise<Answer> => {
    const credential = device.answer(await begin(cookie, '/v1/session/step-up/passkey/options'));
    return asSession(vault, cookie, 'POST', '/v1/session/step-up/passkey', { credential });
  };
  assert.equal(codeOf(await step(other.device)), 'unauthenticated');
  assert.equal((await asSession(vault, cookie, 'POST', '/v1/tokens', { name: 't' })).status, 403);
  assert.equal((await step(one.device)).status, 200);
  assert.equal((await asSession(vault, cookie, 'POST', '/v1/tokens', { name: 't' })).status, 201);
});

test('W4: a challenge is good once, for what it was made for, and not for long', async () => {
  const one = await holder();
  const options = await challenge();
  const credential = one.device.answer(options);
  const tries = await Promise.all(
    Array.from({ length: 4 }, () => post('/v1/session/passkey', { credential })),
  );
  assert.equal(tries.filter(({ status }) => status === 200).length, 1, 'of four at once, one');
  assert.equal(
    codeOf(await post('/v1/session/passkey', { credential: one.device.answer(options) })),
    'unauthenticated',
  );
  await forgetGuesses();

  const ofStepUp = await begin(one.cookie, '/v1/session/step-up/passkey/options');
  assert.equal(
    codeOf(await post('/v1/session/passkey', { credential: one.device.answer(ofStepUp) })),
    'unauthenticated',
  );
  const another = await signIn(vault, one.email);
  const theirs = await asSession(vault, another, 'POST', '/v1/session/step-up/passkey', {
    credential: one.device.answer(ofStepUp),
  });
  assert.equal(codeOf(theirs), 'unauthenticated', 'it is of the session that asked');
  const made = Buffer.from((await challenge()).challenge, 'base64url');
  made.writeUIntBE(Date.now() + 3_600_000, 16, 6);
  const longer = one.device.answer({ challenge: made.toString('base64url') });
  assert.equal(codeOf(await post('/v1/session/passkey', { credential: longer })), 'unauthenticated');
  await forgetGuesses();
});

test('W5: every answer that does not hold is the same refusal, and slowed', async () => {
  const one = await holder();
  const other = await holder();
  const wrong: Record<string, Wrongly> = {
    'another origin': { origin: 'https://vault.example.com.evil.example' },
    'another port': { origin: 'https://vault.example.com:8443' },
    'plain http': { origin: 'http://vault.example.com' },
    'another site': { rpId: 'evil.example' },
    'a registration': { type: 'webauthn.create' },
    'a challenge of somebody else': { challenge: 'AAAAAAAAAAAAAAAAAAAAAAAA' },
    'no user verified': { isUserVerified: false },
    'another user': { userHandle: other.device.userHandle },
  };
  for (const [what, wrongly] of Object.entries(wrong)) {
    const answer = await comeIn(one.device, wrongly);
    assert.equal(answer.status, 401, what);
    assert.equal(answer.json.error.message, 'This passkey does not sign in here.');
    assert.equal(answer.headers.get('set-cookie'), null);
  }
  const stranger = new Authenticator(ORIGIN);
  assert.equal((await comeIn(stranger)).json.error.message, 'This passkey does not sign in here.');
  const forged = one.device.answer(await challenge());
  forged.response.signature = other.device.answer(await challenge()).response.signature;
  assert.equal(codeOf(await post('/v1/session/passkey', { credential: forged })), 'unauthenticated');
  const statuses = [];
  for (let i = 0; i < 60; i += 1) statuses.push((await comeIn(stranger)).status);
  assert.ok(statuses.includes(429));
  await forgetGuesses();
  assert.equal((await comeIn(one.device)).status, 200);
});

test('a counter that goes back tells of a copy, and is refused', async () => {
  const one = await holder('developer', 5);
  assert.equal((await comeIn(one.device)).status, 200);
  for (const counter of [0, 1, 6])
    assert.equal(codeOf(await comeIn(one.device, { counter })), 'unauthenticated', String(counter));
  assert.equal((await comeIn(one.device, { counter: 100 })).status, 200);
});

test('I2: an attestation with a certificate is not looked at, and nothing is added twice', async () => {
  const one = await holder();
  const add = async (credential: unknown): Promise<Answer> =>
    asSession(vault, one.cookie, 'POST', '/v1/passkeys', { name: 'x', credential });
  for (const format of ['packed', 'apple', 'android-safetynet', 'fido-u2f', 'tpm']) {
    const device = new Authenticator(ORIGIN);
    const options = await begin(one.cookie, '/v1/passkeys/options');
    assert.equal(codeOf(await add(device.register(options, { format }))), 'unauthenticated', format);
  }
  const device = new Authenticator(ORIGIN);
  const options = await begin(one.cookie, '/v1/passkeys/options');
  assert.equal(codeOf(await add(device.register(options, { isUserVerified: false }))), 'unauthenticated');
  assert.equal((await add(device.register(options))).status, 201);
  assert.equal(codeOf(await add(new Authenticator(ORIGIN).register(options))), 'unauthenticated', 'used');
  const again = await add(device.register(await begin(one.cookie, '/v1/passkeys/options')));
  assert.equal(codeOf(again), 'conflict');
});

test('F15: a passkey that was put in, given away or put back by SQL signs nobody in', async () => {
  const own = await startVault({ env: { ALTER_PUBLIC_URL: ORIGIN } });
  const shared = vault;
  const admin = await superuserOf(own);
  try {
    vault = own;
    const owner = await holder('owner');
    const mallory = await holder('auditor');
    const at = `WHERE passkey_id = '${mallory.passkeyId}'`;
    await sql(admin, `CREATE TABLE kept AS SELECT * FROM passkeys ${at}`);
    const restore = async (): Promise<void> => {
      await sql(admin, `DELETE FROM passkeys ${at}`);
      await sql(admin, 'INSERT INTO passkeys SELECT * FROM kept');
      await sql(admin, 'DELETE FROM sign_in_failures');
      assert.equal((await comeIn(mallory.device)).status, 200, 'restored');
    };
    await sql(admin, `UPDATE passkeys SET member_id = '${owner.memberId}' ${at}`);
    assert.equal(codeOf(await comeIn(mallory.device)), 'integrity_error', 'given to the owner');
    await restore();
    await sql(
      admin,
      `INSERT INTO passkeys SELECT org_id, gen_random_uuid(), '${owner.memberId}', name, '\\x01', public_key, transports,
         is_synced, created_at, mac, sign_count, last_used_at FROM kept`,
    );
    Object.assign(mallory.device, { id: Buffer.of(1) });
    assert.equal(codeOf(await comeIn(mallory.device)), 'integrity_error', 'put in');
    await sql(admin, `DELETE FROM passkeys WHERE credential_id = '\\x01'`);
    Object.assign(mallory.device, {
      id: Buffer.from(
        (await sql(admin, "SELECT encode(credential_id, 'hex') AS id FROM kept"))[0]?.['id'] as string,
        'hex',
      ),
    });
    await restore();
    await stepUp(vault, mallory.cookie);
    assert.equal(
      (await asSession(vault, mallory.cookie, 'DELETE', `/v1/passkeys/${mallory.passkeyId}`)).status,
      204,
    );
    await sql(admin, 'INSERT INTO passkeys SELECT * FROM kept');
    assert.equal(codeOf(await comeIn(mallory.device)), 'integrity_error', 'put back');
    assert.match(own.log(), /"alarm":"integrity"/);
  } finally {
    vault = shared;
    await own.stop();
  }
});

test('on an address instead of a name the vault says why there are no passkeys, and what to do', async () => {
  const plain = await startVault();
  try {
    const options = await plain.api('GET', '/v1/session/options', undefined, { token: null });
    assert.equal(options.json.passkeys.available, false);
    assert.match(options.json.passkeys.reason, /ALTER_PUBLIC_URL/);
    assert.equal(options.json.needs_setup, false);
    const asked = await plain.api('POST', '/v1/session/passkey/options', undefined, { token: null });
    assert.equal(codeOf(asked), 'conflict');
    assert.match(asked.json.error.hint, /localhost/);
  } finally {
    await plain.stop();
  }
  const here = await vault.api('GET', '/v1/session/options', undefined, { token: null });
  assert.deepEqual(here.json.passkeys, { available: true, reason: null });
});
