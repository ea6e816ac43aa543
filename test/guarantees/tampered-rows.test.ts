/**
 * I6, F15: somebody with full rights on the database edits what decides, or exchanges ciphertexts. Nothing that they edit
 * takes effect, each edit is refused and alarmed within the reconcile interval, and other apps go on.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startUpstream, type Upstream } from '../upstream.ts';
import { startVault, stopPostgres, type Answer, type TestVault } from '../vault.ts';
import { makeApp, pause, startRig, type App, type Rig } from './rig.ts';

/** An app is read anew after 2 s, or 100 times as long as reading it takes: longer where many do so at once. */
const FLAGGED_MS = 40_000;
const CALL_EVERY_MS = 200;

let rig: Rig;
let evil: Upstream;
before(async () => {
  rig = await startRig();
  evil = await startUpstream();
});
after(async () => {
  await rig?.stop();
  await evil?.stop();
  await stopPostgres();
});

const call = (app: App, path = '/', origin = rig.upstream.origin): Promise<Answer> =>
  rig.vault.proxy(app.key, app.grantId, origin + path);

/** Calls steadily until the app is refused with `integrity_error`. @throws when that takes longer than it may */
async function flagged(app: App, what: string): Promise<void> {
  for (
    const deadline = performance.now() + FLAGGED_MS;
    performance.now() < deadline;
    await pause(CALL_EVERY_MS)
  ) {
    const { status, json } = await call(app);
    if (status === 200) continue;
    assert.equal(json?.error?.code, 'integrity_error', `${what}: ${JSON.stringify(json)}`);
    assert.equal(status, 500);
    return;
  }
  assert.fail(`${what}: nobody noticed`);
}

const alarms = (): number => rig.vault.log().match(/"alarm":"integrity"/g)?.length ?? 0;

interface Edit {
  readonly what: string;
  /** What is edited; the app is warm by then. */
  readonly edit: (app: App) => Promise<unknown>;
  /** Makes the app in another way. */
  readonly secret?: Record<string, unknown>;
  /** Before the edit. */
  readonly prepare?: (app: App) => Promise<unknown>;
  /** What the edit would allow: must never answer 200. */
  readonly exploit?: (app: App) => Promise<Answer>;
}

const updateSecret = (set: string) => (app: App) =>
  rig.sql(`UPDATE secrets SET ${set} WHERE app_id = $1 AND secret_id = $2`, [app.appId, app.secretId]);
const updateKey = (set: string) => (app: App) =>
  rig.sql(`UPDATE api_keys SET ${set} WHERE app_id = $1 AND key_id = $2`, [app.appId, app.keyId]);
const updateGrant = (set: string) => (app: App) =>
  rig.sql(`UPDATE grants SET ${set} WHERE app_id = $1 AND grant_id = $2`, [app.appId, app.grantId]);
const updateApp = (set: string) => (app: App) =>
  rig.sql(`UPDATE apps SET ${set} WHERE app_id = $1`, [app.appId]);

/** Ids of rows that are made besides the app's own, by app. */
const extra = new Map<string, Record<string, string>>();
const remember = (app: App, ids: Record<string, string>): void => {
  extra.set(app.appId, { ...extra.get(app.appId), ...ids });
};
const of = (app: App, name: string): string => extra.get(app.appId)?.[name] ?? '';

const addKey = (options: Record<string, unknown>) => async (app: App) => {
  const { key_id, api_key } = await rig.vault.key(options, app.appId);
  remember(app, { keyId: key_id, key: api_key });
};
const addGrant = (options: Record<string, unknown>) => async (app: App) => {
  const path = `/v1/apps/${app.appId}/secrets/${app.secretId}/grants`;
  remember(app, { grantId: (await rig.vault.ok('POST', path, options)).grant_id });
};
const addAgentKey = async (app: App): Promise<void> => {
  const { agent_id } = await rig.vault.ok('POST', `/v1/apps/${app.appId}/agents`, { name: 'bot' });
  const { key_id, api_key } = await rig.vault.key({ kind: 'agent', agent_id }, app.appId);
  remember(app, { keyId: key_id, key: api_key, agentId: agent_id });
};
const addPolicy = async (app: App): Promise<void> => {
  const { policy_id } = await rig.vault.ok('POST', `/v1/apps/${app.appId}/policies`, {
    name: 'no-deletes',
    applies_to: { secret_id: app.secretId },
    rule: { type: 'request', effect: 'deny', methods: ['DELETE'] },
  });
  remember(app, { policyId: policy_id });
};
const updatePolicy = (set: string) => (app: App) =>
  rig.sql(`UPDATE policies SET ${set} WHERE policy_id = $1`, [of(app, 'policyId')]);
const updateExtraKey = (set: string) => (app: App) =>
  rig.sql(`UPDATE api_keys SET ${set} WHERE key_id = $1`, [of(app, 'keyId')]);
const callByExtraKey = (app: App): Promise<Answer> =>
  rig.vault.proxy(of(app, 'key'), app.grantId, `${rig.upstream.origin}/exploit`);
const callExtraGrant = (app: App): Promise<Answer> =>
  rig.vault.proxy(app.key, of(app, 'grantId'), `${rig.upstream.origin}/exploit`);
const release = (key: string, app: App): Promise<Answer> =>
  rig.vault.release(key, { grant_id: app.grantId, method: 'GET', url: `${rig.upstream.origin}/exploit` });

const EDITS: readonly Edit[] = [
  {
    what: 'allowed_hosts of a secret',
    edit: (app) =>
      rig.sql(`UPDATE secrets SET allowed_hosts = ARRAY[$2::text] WHERE app_id = $1`, [app.appId, evil.host]),
    exploit: (app) => call(app, '/exploit', evil.origin),
  },
  {
    what: 'allow_any_host of a secret',
    edit: updateSecret(`allow_any_host = true, allowed_hosts = '{*}'`),
    exploit: (app) => call(app, '/exploit', evil.origin),
  },
  {
    what: 'delivery of a secret',
    secret: { delivery: 'proxy_only' },
    edit: updateSecret(`delivery = 'any'`),
    exploit: (app) => release(app.key, app),
  },
  {
    what: 'injection of a secret',
    edit: updateSecret(`injection = '[{"in":"header","name":"X-Seen","format":"{token}"}]'`),
  },
  { what: 'default_headers of a secret', edit: updateSecret(`default_headers = '[["X-To","evil"]]'`) },
  { what: 'public_fields of a secret', edit: updateSecret(`public_fields = '{token}'`) },
  { what: 'base_url of a secret', edit: updateSecret(`base_url = 'https://evil.example'`) },
  { what: 'credential_type of a secret', edit: updateSecret(`credential_type = 'api_key'`) },
  { what: 'the test call of a secret', edit: updateSecret(`verify = '{"method":"GET","path":"/x"}'`) },
  { what: 'version of a secret', edit: updateSecret('version = 7') },
  {
    what: 'the hash of an API key',
    prepare: addKey({}),
    edit: (app) =>
      rig.sql(
        'UPDATE api_keys SET key_hash = (SELECT key_hash FROM api_keys WHERE key_id = $2) WHERE key_id = $1',
        [app.keyId, of(app, 'keyId')],
      ),
  },
  {
    what: 'the address list of an API key',
    prepare: addKey({ ip_allowlist: ['203.0.113.0/24'] }),
    edit: updateExtraKey('ip_allowlist = NULL'),
    exploit: callByExtraKey,
  },
  {
    what: 'the expiry of an API key',
    prepare: async (app) => {
      await addKey({ expires_at: new Date(Date.now() + 700).toISOString() })(app);
      await pause(800);
    },
    edit: updateExtraKey('expires_at = NULL'),
    exploit: callByExtraKey,
  },
  {
    what: 'the requests per minute of an API key',
    edit: updateKey('requests_per_minute = 1000000'),
  },
  {
    what: 'the agent of an API key',
    prepare: addAgentKey,
    edit: updateExtraKey(`kind = 'app', agent_id = NULL`),
    exploit: callByExtraKey,
  },
  {
    what: 'allow_release of an agent key',
    prepare: addAgentKey,
    edit: updateExtraKey('allow_release = true'),
    exploit: (app) => release(of(app, 'key'), app),
  },
  {
    what: 'an API key that is revoked no more',
    prepare: async (app) => {
      await addKey({})(app);
      await rig.vault.ok('DELETE', `/v1/apps/${app.appId}/keys/${of(app, 'keyId')}`);
    },
    edit: updateExtraKey('revoked_at = NULL'),
    exploit: callByExtraKey,
  },
  {
    what: 'the principal of a grant',
    prepare: addAgentKey,
    edit: (app) =>
      rig.sql(`UPDATE grants SET principal_type = 'agent', principal_id = $2 WHERE grant_id = $1`, [
        app.grantId,
        of(app, 'agentId'),
      ]),
    exploit: callByExtraKey,
  },
  {
    what: 'the expiry of a grant',
    prepare: async (app) => {
      await addGrant({ ttl_seconds: 1 })(app);
      await pause(1_100);
    },
    edit: (app) => rig.sql('UPDATE grants SET expires_at = NULL WHERE grant_id = $1', [of(app, 'grantId')]),
    exploit: callExtraGrant,
  },
  {
    what: 'a grant that is revoked no more',
    prepare: async (app) => {
      await addGrant({})(app);
      await rig.vault.ok('POST', `/v1/grants/${of(app, 'grantId')}/revoke`, {});
    },
    edit: (app) => rig.sql('UPDATE grants SET revoked_at = NULL WHERE grant_id = $1', [of(app, 'grantId')]),
    exploit: callExtraGrant,
  },
  {
    what: 'the secret of a grant',
    prepare: async (app) => {
      const { secret_id } = await rig.vault.ok('POST', `/v1/apps/${app.appId}/secrets`, {
        name: 'two',
        credential_type: 'bearer',
        credential: { token: 'another-token' },
        allowed_hosts: [evil.host],
      });
      remember(app, { secretId: secret_id });
    },
    edit: (app) =>
      rig.sql('UPDATE grants SET secret_id = $2 WHERE grant_id = $1', [app.grantId, of(app, 'secretId')]),
    exploit: (app) => call(app, '/exploit', evil.origin),
  },
  {
    what: 'an agent that is deleted no more',
    prepare: async (app) => {
      await addAgentKey(app);
      await rig.vault.ok('DELETE', `/v1/apps/${app.appId}/agents/${of(app, 'agentId')}`);
    },
    edit: (app) => rig.sql('UPDATE agents SET deleted_at = NULL WHERE app_id = $1', [app.appId]),
    exploit: callByExtraKey,
  },
  {
    what: 'a grant deleted',
    prepare: addGrant({}),
    edit: (app) => rig.sql('DELETE FROM grants WHERE grant_id = $1', [of(app, 'grantId')]),
  },
  {
    what: 'an API key deleted',
    prepare: addKey({}),
    edit: (app) => rig.sql('DELETE FROM api_keys WHERE key_id = $1', [of(app, 'keyId')]),
  },
  {
    what: 'a grant added',
    edit: (app) =>
      rig.sql(
        `INSERT INTO grants SELECT (jsonb_populate_record(g, jsonb_build_object('grant_id', gen_random_uuid()))).* FROM grants g WHERE grant_id = $1`,
        [app.grantId],
      ),
  },
  {
    what: 'a grant as it was before it was revoked',
    prepare: async (app) => {
      await addGrant({})(app);
      const name = `kept_${app.appId.replaceAll('-', '')}`;
      await rig.sql(`CREATE TABLE ${name} AS SELECT * FROM grants WHERE grant_id = '${of(app, 'grantId')}'`);
      await rig.vault.ok('POST', `/v1/grants/${of(app, 'grantId')}/revoke`, {});
    },
    edit: (app) =>
      rig
        .sql(`WITH gone AS (DELETE FROM grants WHERE grant_id = '${of(app, 'grantId')}' RETURNING 1)
        INSERT INTO grants SELECT k.* FROM kept_${app.appId.replaceAll('-', '')} k`)
        .catch(() =>
          rig.sql(`UPDATE grants g SET revoked_at = k.revoked_at, revoke_reason = k.revoke_reason, epoch = k.epoch, mac = k.mac
          FROM kept_${app.appId.replaceAll('-', '')} k WHERE g.grant_id = k.grant_id`),
        ),
    exploit: callExtraGrant,
  },
  {
    what: 'a grant and its app as they were before it was revoked',
    prepare: async (app) => {
      await addGrant({})(app);
      const id = app.appId.replaceAll('-', '');
      await rig.sql(`CREATE TABLE kept_${id} AS SELECT * FROM grants WHERE app_id = '${app.appId}'`);
      await rig.sql(`CREATE TABLE kept_app_${id} AS SELECT * FROM apps WHERE app_id = '${app.appId}'`);
      await rig.vault.ok('POST', `/v1/grants/${of(app, 'grantId')}/revoke`, {});
    },
    edit: async (app) => {
      const id = app.appId.replaceAll('-', '');
      await rig.sql(`UPDATE grants g SET revoked_at = k.revoked_at, revoke_reason = k.revoke_reason, epoch = k.epoch, mac = k.mac
        FROM kept_${id} k WHERE g.grant_id = k.grant_id`);
      await rig.sql(
        `UPDATE apps a SET epoch = k.epoch, digest = k.digest, mac = k.mac FROM kept_app_${id} k WHERE a.app_id = k.app_id`,
      );
    },
    exploit: callExtraGrant,
  },
  { what: 'the rule of a policy', prepare: addPolicy, edit: updatePolicy(`rule = '{"type":"request"}'`) },
  { what: 'the mode of a policy', prepare: addPolicy, edit: updatePolicy(`mode = 'monitor'`) },
  {
    what: 'what a policy applies to',
    prepare: addPolicy,
    edit: updatePolicy(`applies_to_type = 'grant', applies_to_id = gen_random_uuid()`),
  },
  {
    what: 'a policy that is marked as deleted',
    prepare: addPolicy,
    edit: updatePolicy('deleted_at = now()'),
  },
  {
    what: 'a policy deleted',
    prepare: addPolicy,
    edit: (app) => rig.sql('DELETE FROM policies WHERE policy_id = $1', [of(app, 'policyId')]),
  },
  {
    what: 'a policy as it was before it was changed',
    prepare: async (app) => {
      await addPolicy(app);
      const id = app.appId.replaceAll('-', '');
      const path = `/v1/apps/${app.appId}/policies/${of(app, 'policyId')}`;
      await rig.vault.ok('PATCH', path, { mode: 'monitor' });
      await rig.sql(`CREATE TABLE kept_p_${id} AS SELECT * FROM policies WHERE app_id = '${app.appId}'`);
      await rig.vault.ok('PATCH', path, { mode: 'enforce' });
    },
    edit: (app) =>
      rig.sql(`UPDATE policies p SET mode = k.mode, updated_at = k.updated_at, epoch = k.epoch, mac = k.mac
        FROM kept_p_${app.appId.replaceAll('-', '')} k WHERE p.policy_id = k.policy_id`),
  },
  { what: 'the epoch of an app, lower', edit: updateApp('epoch = epoch - 1') },
  { what: 'the epoch of an app, higher', edit: updateApp('epoch = epoch + 1') },
  { what: 'the digest of an app', edit: updateApp(`digest = set_byte(digest, 5, get_byte(digest, 5) # 1)`) },
  {
    what: 'the digest of another app',
    edit: updateApp('digest = (SELECT b.digest FROM apps b WHERE b.app_id <> $1 LIMIT 1)'),
  },
  { what: 'the MAC of an app', edit: updateApp(`mac = set_byte(mac, 0, get_byte(mac, 0) # 128)`) },
  { what: 'the name of an app', edit: updateApp(`name = 'renamed-' || app_id`) },
  { what: 'the MAC of a grant', edit: updateGrant(`mac = set_byte(mac, 31, get_byte(mac, 31) # 1)`) },
];

const CIPHERTEXTS: readonly Edit[] = [
  {
    what: 'the ciphertexts of two secrets of one app exchanged',
    prepare: async (app) => {
      const { secret_id } = await rig.vault.ok('POST', `/v1/apps/${app.appId}/secrets`, {
        name: 'two',
        credential_type: 'bearer',
        credential: { token: 'another-token' },
        allowed_hosts: [rig.upstream.host],
      });
      remember(app, { secretId: secret_id });
    },
    edit: (app) => copyCiphertext(app, of(app, 'secretId'), 'wrapped_key = b.wrapped_key, sealed = b.sealed'),
  },
  {
    what: 'the ciphertext of a secret of another app',
    prepare: async (app) => remember(app, { secretId: (await makeApp(rig)).secretId }),
    edit: (app) =>
      copyCiphertext(
        app,
        of(app, 'secretId'),
        'wrapped_key = b.wrapped_key, sealed = b.sealed, key_id = b.key_id',
      ),
  },
  {
    what: 'only the sealed fields of another secret',
    prepare: async (app) => remember(app, { secretId: (await makeApp(rig)).secretId }),
    edit: (app) => copyCiphertext(app, of(app, 'secretId'), 'sealed = b.sealed'),
  },
  {
    what: 'the ciphertext of the version before',
    prepare: async (app) => {
      await rig.sql(
        `CREATE TABLE kept_v_${app.appId.replaceAll('-', '')} AS SELECT * FROM secret_versions WHERE app_id = '${app.appId}'`,
      );
      await rig.vault.ok('PUT', `/v1/apps/${app.appId}/secrets/${app.secretId}/credential`, {
        credential: { token: 'the-second-token' },
      });
    },
    edit: (app) =>
      rig.sql(`UPDATE secret_versions v SET wrapped_key = k.wrapped_key, sealed = k.sealed
        FROM kept_v_${app.appId.replaceAll('-', '')} k WHERE v.app_id = k.app_id AND v.version = 2`),
  },
  ...['sealed', 'wrapped_key'].flatMap((column): Edit[] => [
    ...[0, 17, 40].map((at): Edit => ({
      what: `F14: a bit of ${column} at byte ${at}`,
      edit: (app) =>
        rig.sql(
          `UPDATE secret_versions SET ${column} = set_byte(${column}, $2, get_byte(${column}, $2) # 4) WHERE app_id = $1`,
          [app.appId, at],
        ),
    })),
    {
      what: `F14: the last bit of ${column}`,
      edit: (app) =>
        rig.sql(
          `UPDATE secret_versions SET ${column} = set_byte(${column}, length(${column}) - 1, get_byte(${column}, length(${column}) - 1) # 1) WHERE app_id = $1`,
          [app.appId],
        ),
    },
    ...[1, 4, 12].map((bytes): Edit => ({
      what: `F14: ${column} cut by ${bytes}`,
      edit: (app) =>
        rig.sql(
          `UPDATE secret_versions SET ${column} = substring(${column} FOR length(${column}) - $2::int) WHERE app_id = $1`,
          [app.appId, bytes],
        ),
    })),
    {
      what: `F14: ${column} extended`,
      edit: (app) =>
        rig.sql(`UPDATE secret_versions SET ${column} = ${column} || '\\x00' WHERE app_id = $1`, [app.appId]),
    },
  ]),
  {
    what: 'F14: the key that it is wrapped by',
    edit: (app) =>
      rig.sql(
        `UPDATE secret_versions SET key_id = (SELECT key_id FROM keyring WHERE purpose = 'mac') WHERE app_id = $1`,
        [app.appId],
      ),
  },
  {
    what: 'F14: the row of the ciphertext deleted',
    edit: (app) => rig.sql('DELETE FROM secret_versions WHERE app_id = $1', [app.appId]),
  },
];

function copyCiphertext(app: App, fromSecretId: string, set: string): Promise<unknown> {
  return rig.sql(
    `UPDATE secret_versions a SET ${set} FROM secret_versions b WHERE a.secret_id = $1 AND b.secret_id = $2`,
    [app.secretId, fromSecretId],
  );
}

/** Some at once, each in an app of its own: they wait for their intervals together, and don't slow each other down. */
const AT_ONCE = 7;

async function tryAll(edits: readonly Edit[]): Promise<void> {
  for (let i = 0; i < edits.length; i += AT_ONCE) await trySome(edits.slice(i, i + AT_ONCE));
}

async function trySome(edits: readonly Edit[]): Promise<void> {
  const bystander = await makeApp(rig);
  const before = alarms();
  const made: [Edit, App][] = [];
  for (const edit of edits) {
    const app = await makeApp(rig, edit.secret);
    await edit.prepare?.(app);
    made.push([edit, app]);
  }
  const settled = await Promise.allSettled(
    made.map(async ([{ what, edit, exploit }, app]) => {
      assert.equal((await call(app, '/warm')).status, 200, `${what}: warm`);
      if (exploit !== undefined)
        assert.notEqual((await exploit(app)).status, 200, `${what}: refused before, too`);
      await edit(app);
      const tried = async (): Promise<void> => {
        if (exploit === undefined) return;
        const answer = await exploit(app);
        assert.notEqual(answer.status, 200, `${what}: took effect`);
      };
      await tried();
      await flagged(app, what);
      await tried();
      // And it stays refused.
      assert.equal((await call(app)).json?.error?.code, 'integrity_error', `${what}: again`);
    }),
  );
  const failed = settled.filter((one) => one.status === 'rejected').map((one) => String(one.reason));
  assert.deepEqual(failed, []);
  assert.ok(alarms() - before >= edits.length, 'each is alarmed');
  assert.equal((await call(bystander)).status, 200, 'another app goes on');
  for (const { url } of [...rig.upstream.requests, ...evil.requests]) assert.notEqual(url, '/exploit');
}

describe('edited in SQL', () => {
  test('I6, F15: rows that decide: nothing takes effect, each is refused and alarmed', () => tryAll(EDITS));

  test('I6, F14, F15: ciphertexts exchanged, cut, extended and flipped', () => tryAll(CIPHERTEXTS));

  test('F14: one secret that no longer opens leaves the others of its app alone', async () => {
    const app = await makeApp(rig);
    const other = await rig.vault.ok('POST', `/v1/apps/${app.appId}/secrets`, {
      name: 'two',
      credential_type: 'bearer',
      credential: { token: 'another-token' },
      allowed_hosts: [rig.upstream.host],
    });
    await rig.sql('UPDATE secret_versions SET sealed = sealed || sealed WHERE secret_id = $1', [
      app.secretId,
    ]);
    await flagged(app, 'sealed');
    const answer = await rig.vault.proxy(app.key, other.grant_id, `${rig.upstream.origin}/`);
    assert.equal(answer.status, 200);
  });

  test('F15: a server that starts anew refuses an app that was set back, by what the audit log says', async () => {
    const app = await makeApp(rig);
    const id = app.appId.replaceAll('-', '');
    await rig.sql(`CREATE TABLE kept_${id} AS SELECT * FROM grants WHERE app_id = '${app.appId}'`);
    await rig.sql(`CREATE TABLE kept_app_${id} AS SELECT * FROM apps WHERE app_id = '${app.appId}'`);
    await rig.vault.ok('POST', `/v1/grants/${app.grantId}/revoke`, {});
    await rig.sql(`UPDATE grants g SET revoked_at = k.revoked_at, revoke_reason = k.revoke_reason, epoch = k.epoch, mac = k.mac
      FROM kept_${id} k WHERE g.grant_id = k.grant_id`);
    await rig.sql(
      `UPDATE apps a SET epoch = k.epoch, digest = k.digest, mac = k.mac FROM kept_app_${id} k WHERE a.app_id = k.app_id`,
    );
    const second = await startVault({
      join: { urls: rig.vault.urls, dataDir: rig.vault.dataDir, token: rig.vault.token },
    });
    try {
      const answer = await second.proxy(app.key, app.grantId, `${rig.upstream.origin}/exploit`);
      assert.equal(answer.json?.error?.code, 'integrity_error');
    } finally {
      await second.stop();
    }
  });
});

describe('I6, F15: people, edited in SQL', () => {
  const codeOf = async (token: string): Promise<unknown> =>
    (await rig.vault.api('GET', '/v1/apps', undefined, { token })).json?.error?.code;
  test('the role of a member', async (t) => {
    const { member_id: memberId } = (await rig.sql('SELECT member_id FROM members LIMIT 1'))[0] ?? {};
    t.after(() => rig.sql(`UPDATE members SET role = 'owner' WHERE member_id = $1`, [memberId]));
    await rig.sql(`UPDATE members SET role = 'admin' WHERE member_id = $1`, [memberId]);
    assert.equal(await codeOf(rig.vault.token), 'integrity_error');
  });

  for (const set of [`scopes = '{apps:read}'`, `expires_at = now() + interval '9 years'`, `name = 'x'`]) {
    test(`an access token: ${set}`, async (t) => {
      await rig.sql('CREATE TABLE IF NOT EXISTS kept_tokens AS SELECT * FROM access_tokens');
      t.after(() =>
        rig.sql(
          'UPDATE access_tokens t SET scopes = k.scopes, expires_at = k.expires_at, name = k.name FROM kept_tokens k WHERE k.token_id = t.token_id',
        ),
      );
      await rig.sql(`UPDATE access_tokens SET ${set}`);
      assert.equal(await codeOf(rig.vault.token), 'integrity_error');
    });
  }

  test('negative control: untouched rows answer', async () => {
    assert.equal(await codeOf(rig.vault.token), undefined);
  });
});

/** A vault of its own: what is done to an organization stops all of it. */
async function withPeople(work: (rig: Rig) => Promise<void>): Promise<void> {
  const own = await startRig();
  try {
    await work(own);
  } finally {
    await own.stop();
  }
}

describe('F15, I6: people, copied back in SQL', () => {
  const password = 'a long enough passphrase';
  const keep = (own: Rig, tables: readonly string[]): Promise<unknown> =>
    Promise.all(tables.map((table) => own.sql(`CREATE TABLE kept_${table} AS SELECT * FROM ${table}`)));
  const PUT_BACK: Readonly<Record<string, string>> = {
    members: `UPDATE members t SET role = k.role, password_hash = k.password_hash, removed_at = k.removed_at, mac = k.mac
      FROM kept_members k WHERE k.member_id = t.member_id`,
    access_tokens: `UPDATE access_tokens t SET revoked_at = k.revoked_at, mac = k.mac
      FROM kept_access_tokens k WHERE k.token_id = t.token_id`,
    organizations: `UPDATE organizations t SET epoch = k.epoch, digest = k.digest, mac = k.mac
      FROM kept_organizations k WHERE k.org_id = t.org_id`,
  };
  const putBack = async (own: Rig, tables: readonly string[]): Promise<void> => {
    for (const table of tables) await own.sql(PUT_BACK[table] ?? '');
  };
  const codeOf = async (own: Rig, token: string | null, headers?: Record<string, string>): Promise<unknown> =>
    (await own.vault.api('GET', '/v1/apps', undefined, { token, ...(headers && { headers }) })).json?.error
      ?.code;
  const addMember = async (own: Rig, role: string): Promise<{ memberId: string; email: string }> => {
    const email = `${role}@example.com`;
    return {
      memberId: (await own.vault.ok('POST', '/v1/members', { email, role, password })).member_id,
      email,
    };
  };
  const signIn = async (own: Rig, email: string, secret = password): Promise<Answer> =>
    own.vault.api('POST', '/v1/session', { email, password: secret }, { token: null });
  const addToken = async (own: Rig): Promise<{ tokenId: string; text: string }> => {
    const made = await own.vault.ok('POST', '/v1/tokens', { name: 'second' });
    return { tokenId: made.token_id, text: made.token };
  };
  const alarmed = (own: Rig): void => assert.match(own.vault.log(), /"alarm":"integrity"/);

  test('the token as it was before it was revoked', () =>
    withPeople(async (own) => {
      const token = await addToken(own);
      assert.equal(await codeOf(own, token.text), undefined);
      await keep(own, ['access_tokens']);
      await own.vault.ok('DELETE', `/v1/tokens/${token.tokenId}`);
      assert.equal(await codeOf(own, token.text), 'unauthenticated');
      await putBack(own, ['access_tokens']);
      assert.equal(await codeOf(own, token.text), 'integrity_error');
      alarmed(own);
    }));

  test('the member as they were before they were removed, with a session of before', () =>
    withPeople(async (own) => {
      const { memberId, email } = await addMember(own, 'admin');
      const signedIn = await signIn(own, email);
      const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
      assert.equal(await codeOf(own, null, { Cookie: cookie }), undefined);
      await keep(own, ['members']);
      await own.vault.ok('DELETE', `/v1/members/${memberId}`);
      await own.sql('UPDATE sessions SET ended_at = NULL');
      assert.equal(await codeOf(own, null, { Cookie: cookie }), 'unauthenticated');
      await putBack(own, ['members']);
      assert.equal(await codeOf(own, null, { Cookie: cookie }), 'integrity_error');
      assert.equal((await signIn(own, email)).json?.error?.code, 'integrity_error');
      alarmed(own);
    }));

  test('the password of before', () =>
    withPeople(async (own) => {
      const { memberId, email } = await addMember(own, 'developer');
      await keep(own, ['members']);
      await own.vault.ok('PATCH', `/v1/members/${memberId}`, { password: 'another long passphrase' });
      await putBack(own, ['members']);
      const answer = await signIn(own, email);
      assert.equal(answer.json?.error?.code, 'integrity_error');
      assert.equal(answer.headers.get('set-cookie'), null);
    }));

  test('a role of before, also for a server that starts anew', () =>
    withPeople(async (own) => {
      const { memberId, email } = await addMember(own, 'admin');
      await keep(own, ['members', 'organizations']);
      await own.vault.ok('PATCH', `/v1/members/${memberId}`, { role: 'auditor' });
      await putBack(own, ['members', 'organizations']);
      assert.equal((await signIn(own, email)).json?.error?.code, 'integrity_error');
      const { urls, dataDir, token } = own.vault;
      const second = await startVault({ join: { urls, dataDir, token } });
      try {
        const answer = await second.api('GET', '/v1/apps');
        assert.equal(answer.json?.error?.code, 'integrity_error');
      } finally {
        await second.stop();
      }
    }));

  test('the digest emptied, so that a start would make it anew', () =>
    withPeople(async (own) => {
      const token = await addToken(own);
      await keep(own, ['access_tokens']);
      await own.vault.ok('DELETE', `/v1/tokens/${token.tokenId}`);
      await putBack(own, ['access_tokens']);
      await own.sql('UPDATE organizations SET epoch = 0, digest = NULL, mac = NULL');
      const { urls, dataDir } = own.vault;
      const second = await startVault({ join: { urls, dataDir, token: own.vault.token } });
      try {
        const answer = await second.api('GET', '/v1/apps', undefined, { token: token.text });
        assert.equal(answer.json?.error?.code, 'integrity_error');
      } finally {
        await second.stop();
      }
    }));

  for (const [what, edit] of [
    ['a token deleted', `DELETE FROM access_tokens WHERE name = 'second'`],
    ['the name of the organization', `UPDATE organizations SET name = 'other'`],
    [
      'the digest of the organization',
      'UPDATE organizations SET digest = set_byte(digest, 5, 1 # get_byte(digest, 5))',
    ],
    ['the epoch of the organization', 'UPDATE organizations SET epoch = epoch + 1'],
  ] as const) {
    test(`${what}: refused within the reconcile interval`, () =>
      withPeople(async (own) => {
        await addToken(own);
        assert.equal(await codeOf(own, own.vault.token), undefined);
        await own.sql(edit);
        for (const deadline = performance.now() + FLAGGED_MS; performance.now() < deadline; await pause(200))
          if ((await codeOf(own, own.vault.token)) === 'integrity_error') return;
        assert.fail('nobody noticed');
      }));
  }

  test('negative control: people who change all the time are let in, on two servers', () =>
    withPeople(async (own) => {
      const { urls, dataDir, token } = own.vault;
      const second = await startVault({ join: { urls, dataDir, token } });
      try {
        const { memberId, email } = await addMember(own, 'developer');
        for (const role of ['admin', 'auditor', 'developer']) {
          await second.ok('PATCH', `/v1/members/${memberId}`, { role });
          assert.equal((await signIn(own, email)).status, 200);
        }
        const addAndRemove = async (vault: TestVault, other: TestVault): Promise<void> => {
          const made = await vault.ok('POST', '/v1/tokens', { name: 'changing' });
          assert.equal((await other.api('GET', '/v1/apps', undefined, { token: made.token })).status, 200);
          await other.ok('DELETE', `/v1/tokens/${made.token_id}`);
          const after = await vault.api('GET', '/v1/apps', undefined, { token: made.token });
          assert.equal(after.json?.error?.code, 'unauthenticated');
        };
        // Few at once: each change locks the organization, and who waits for that longer than two seconds is refused.
        for (let round = 0; round < 5; round += 1) {
          await Promise.all(
            Array.from({ length: 8 }, (_, i) =>
              i % 2 === 0 ? addAndRemove(own.vault, second) : addAndRemove(second, own.vault),
            ),
          );
        }
      } finally {
        await second.stop();
      }
      assert.doesNotMatch(own.vault.log(), /"alarm":"integrity"/);
    }));

  test('an organization from before there were digests gets its own at the next start', () =>
    withPeople(async (own) => {
      await own.sql('UPDATE organizations SET epoch = 0, digest = NULL, mac = NULL');
      const { urls, dataDir, token } = own.vault;
      const second = await startVault({ join: { urls, dataDir, token } });
      try {
        assert.equal((await second.api('GET', '/v1/apps')).status, 200);
      } finally {
        await second.stop();
      }
    }));
});
