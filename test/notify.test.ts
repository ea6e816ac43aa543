/** Notifications from the outbox to real receivers: signed, retried, escaped, guarded; and nothing of a credential in them. */
import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { KeyringHolder } from '../packages/server/src/access/keyring-holder.ts';
import { KeyringAdmin } from '../packages/server/src/api/keyring-admin.ts';
import { readConfig } from '../packages/server/src/config.ts';
import { DELIVERY_TIMING } from '../packages/server/src/notify/deliverer.ts';
import { loadRootKeys } from '../packages/server/src/root-key-file.ts';
import { Outbox, type Notice } from '../packages/server/src/notify/outbox.ts';
import {
  claimDeliveries,
  finishDelivery,
  type ClaimedDelivery,
} from '../packages/server/src/store/notify.ts';
import { startMailSink, type MailSink, type MailSinkOptions } from './mail-sink.ts';
import { startUpstream, type Recorded, type Upstream } from './upstream.ts';
import { canary, startVault, stopPostgres, type Json, type TestVault } from './vault.ts';

const CA = { ALTER_EGRESS_CA_FILE: fileURLToPath(new URL('tls/ca.pem', import.meta.url)) };
const LEASE_MS = DELIVERY_TIMING.leaseMs;
const CHANNELS = '/v1/apps/default/channels';

let vault: TestVault & { dataDir: string };
let receiver: Upstream;
let appId: string;

before(async () => {
  vault = await startVault();
  receiver = await startUpstream();
  appId = await defaultApp(vault);
});
after(async () => {
  await vault?.stop();
  await receiver?.stop();
  await stopPostgres();
});

async function defaultApp(of: TestVault): Promise<string> {
  return (await of.ok('GET', '/v1/apps')).items[0].app_id;
}

const notice = (more: Notice['subject'] = {}): Notice => ({
  kind: 'approval.requested',
  at: new Date('2026-11-22T10:00:00Z'),
  subject: {
    approval_id: '0199aaaa-0000-7000-8000-000000000000',
    method: 'POST',
    host: 'api.example.com',
    path: '/v1/refunds',
    reason: 'refund of order 7',
    request_digest: 'ab'.repeat(32),
    approval_url: 'https://vault.example.com/approvals/0199aaaa',
    ...more,
  },
});

const enqueue = (of: TestVault, app: string, what: Notice): Promise<void> =>
  of.server.api.db.transaction((tx) => new Outbox().enqueue(tx, app, what));

async function sql(of: TestVault, text: string, values: readonly unknown[] = []): Promise<unknown[]> {
  return of.server.api.db.query(`test_${randomBytes(8).toString('hex')}`, text, values);
}

/** Makes what waits due now, as time would. */
async function passTime(of: TestVault, channelId: string): Promise<void> {
  await sql(of, 'UPDATE deliveries SET next_at = clock_timestamp() WHERE app_id = $1 AND channel_id = $2', [
    await defaultApp(of),
    channelId,
  ]);
  await sql(of, "SELECT pg_notify('alter_outbox', '')");
}

async function until<T>(what: string, find: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const found = await find();
    if (found !== undefined) return found;
    assert.ok(Date.now() < deadline, `in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const name = (): string => `c-${randomBytes(6).toString('hex')}`;

async function webhook(of: TestVault = vault, to: Upstream = receiver, more: object = {}) {
  const path = `/${randomBytes(8).toString('hex')}`;
  const made = await of.ok('POST', CHANNELS, {
    name: name(),
    type: 'webhook',
    url: `${to.origin}${path}`,
    ...more,
  });
  return { ...made, path, got: () => to.requests.filter((request) => request.url === path) };
}

const deliveries = async (channelId: string, of: TestVault = vault): Promise<Json[]> =>
  (await of.ok('GET', `${CHANNELS}/${channelId}/deliveries`)).items;

/** The only delivery of a channel, once it is as `isSo` says. */
const deliveryWhen = (channelId: string, isSo: (delivery: Json) => boolean, of: TestVault = vault) =>
  until('a delivery', async () => (await deliveries(channelId, of)).find(isSo));

/** Standard Webhooks 1.0, as a receiver reads it; knows nothing of ours. */
function verifies(request: Recorded, secret: string): boolean {
  const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signatures } = request.headers;
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  assert.ok(Math.abs(Date.now() / 1000 - Number(at)) < 60, 'the timestamp is of now, in seconds');
  const mac = createHmac('sha256', key).update(`${id}.${at}.`).update(request.body).digest('base64');
  return String(signatures).split(' ').includes(`v1,${mac}`);
}

type Verify = (secret: string, headers: Recorded['headers'], body: Buffer, now?: number) => boolean;

/** What docs/notifications.md tells receivers to write. */
async function sampleOfTheDocs(): Promise<Verify> {
  const page = readFileSync(new URL('../docs/notifications.md', import.meta.url), 'utf8');
  const code = /```js\n(.*?)```/s.exec(page)?.[1] ?? '';
  const module = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  return module.isFromVault;
}

describe('webhooks', () => {
  test('a notice arrives signed, under its delivery id, and the secret was shown once', async () => {
    const channel = await webhook();
    assert.match(channel.signing_secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
    await enqueue(vault, appId, notice());
    const [request] = await until('a webhook', () => (channel.got().length > 0 ? channel.got() : undefined));
    assert.ok(request);
    assert.ok(verifies(request, channel.signing_secret));
    assert.ok(
      !verifies(
        { ...request, body: Buffer.concat([request.body, Buffer.from(' ')]) },
        channel.signing_secret,
      ),
    );
    assert.ok(!verifies(request, `whsec_${randomBytes(32).toString('base64')}`));
    const isFromVault = await sampleOfTheDocs();
    assert.ok(isFromVault(channel.signing_secret, request.headers, request.body));
    assert.ok(!isFromVault(channel.signing_secret, request.headers, Buffer.from('{}')));
    assert.ok(!isFromVault(channel.signing_secret, request.headers, request.body, Date.now() / 1000 + 301));
    const body = JSON.parse(request.body.toString());
    assert.equal(body.type, 'approval.requested');
    assert.equal(body.timestamp, '2026-11-22T10:00:00.000Z');
    assert.deepEqual(body.data, { app_id: appId, app: 'default', ...notice().subject });
    const done = await deliveryWhen(channel.channel_id, (one) => one.status === 'delivered');
    assert.equal(done.delivery_id, request.headers['webhook-id']);
    assert.deepEqual([done.attempts, done.status_code, done.code], [1, 200, null]);
    for (const path of [
      CHANNELS,
      `${CHANNELS}/${channel.channel_id}`,
      `${CHANNELS}/${channel.channel_id}/deliveries`,
    ])
      assert.ok(!(await vault.api('GET', path)).text.includes(channel.signing_secret));
    assert.ok(!vault.log().includes(channel.signing_secret));
  });

  test('W7: an idempotent replay omits the signing secret', async () => {
    const body = { name: name(), type: 'webhook', url: `${receiver.origin}/replay` };
    const headers = { 'Idempotency-Key': name() };
    const first = await vault.api('POST', CHANNELS, body, { headers });
    const second = await vault.api('POST', CHANNELS, body, { headers });
    assert.ok(first.json.signing_secret);
    assert.equal(second.json.channel_id, first.json.channel_id);
    assert.equal(second.json.signing_secret, undefined);
  });

  test('a channel gets the events that it wants, and only those of its app', async () => {
    const wanting = await webhook(vault, receiver, { events: ['secret.rotation_due'] });
    const other = await vault.ok('POST', '/v1/apps', { name: name() });
    await enqueue(vault, appId, notice());
    await enqueue(vault, other.app_id, { ...notice(), kind: 'secret.rotation_due' });
    await enqueue(vault, appId, { ...notice(), kind: 'secret.rotation_due' });
    await deliveryWhen(wanting.channel_id, (one) => one.status === 'delivered');
    assert.deepEqual(
      (await deliveries(wanting.channel_id)).map((one) => one.event),
      ['secret.rotation_due'],
    );
    assert.equal(wanting.got().length, 1);
  });

  test('what is rolled back is not told', async () => {
    const channel = await webhook();
    await assert.rejects(
      vault.server.api.db.transaction(async (tx) => {
        await new Outbox().enqueue(tx, appId, notice());
        throw new Error('rolled back');
      }),
    );
    assert.deepEqual(await deliveries(channel.channel_id), []);
  });

  test('after a rotation both secrets sign until the overlap ends; without overlap the new one only', async () => {
    const channel = await webhook();
    const rotate = (overlap_seconds: number) =>
      vault.ok('POST', `${CHANNELS}/${channel.channel_id}/rotate`, { overlap_seconds });
    const tested = async (): Promise<Recorded> => {
      assert.equal((await vault.ok('POST', `${CHANNELS}/${channel.channel_id}/test`)).ok, true);
      const last = channel.got().at(-1);
      assert.ok(last);
      return last;
    };
    const second = await rotate(3600);
    const both = await tested();
    assert.equal(String(both.headers['webhook-signature']).split(' ').length, 2);
    assert.ok(verifies(both, channel.signing_secret) && verifies(both, second.signing_secret));
    const third = await rotate(0);
    const one = await tested();
    assert.ok(verifies(one, third.signing_secret));
    assert.ok(!verifies(one, second.signing_secret) && !verifies(one, channel.signing_secret));
  });

  test('another url gets another secret, and the one before signs nothing more', async () => {
    const channel = await webhook();
    const path = `/${name()}`;
    const changed = await vault.ok('PATCH', `${CHANNELS}/${channel.channel_id}`, {
      url: receiver.origin + path,
    });
    assert.notEqual(changed.signing_secret, channel.signing_secret);
    await vault.ok('POST', `${CHANNELS}/${channel.channel_id}/test`);
    const request = receiver.requests.find((one) => one.url === path);
    assert.ok(request && verifies(request, changed.signing_secret));
    assert.ok(!verifies(request, channel.signing_secret));
    const same = await vault.ok('PATCH', `${CHANNELS}/${channel.channel_id}`, { name: name() });
    assert.equal(same.signing_secret, undefined);
  });

  test('R1: a redirect is not followed and counts as a failure', async () => {
    const elsewhere = await startUpstream();
    const upstream = await startUpstream();
    upstream.behave((_request, response) => {
      response.writeHead(307, { Location: `${elsewhere.origin}/` }).end();
    });
    const channel = await webhook(vault, upstream);
    const tested = await vault.ok('POST', `${CHANNELS}/${channel.channel_id}/test`);
    assert.deepEqual(tested, { ok: false, status_code: 307, code: 'refused' });
    assert.equal(elsewhere.connections(), 0);
    await Promise.all([elsewhere.stop(), upstream.stop()]);
  });
});

describe('the outbox', () => {
  test('what fails is tried again later and later under the same id, then is dead and alarmed', async () => {
    const upstream = await startUpstream();
    upstream.behave((_request, response) => response.writeHead(500).end());
    const channel = await webhook(vault, upstream);
    await enqueue(vault, appId, notice());
    const delays: number[] = [];
    // While an attempt is under way, the next one is due when its lease ends.
    const delayOf = (one: { next_attempt_at: string; last_attempt_at: string }): number =>
      Date.parse(one.next_attempt_at) - Date.parse(one.last_attempt_at);
    for (const attempts of [1, 2, 3]) {
      const failed = await deliveryWhen(
        channel.channel_id,
        (one) => one.attempts === attempts && delayOf(one) !== LEASE_MS,
      );
      assert.deepEqual([failed.status, failed.status_code, failed.code], ['pending', 500, 'refused']);
      delays.push(delayOf(failed));
      await passTime(vault, channel.channel_id);
    }
    const within = (delay: number | undefined, ms: number): boolean =>
      delay !== undefined && delay >= 0.8 * ms && delay <= 1.2 * ms + 2_000;
    assert.ok(
      within(delays[0], 10_000) && within(delays[1], 30_000) && within(delays[2], 90_000),
      `${delays}`,
    );
    await deliveryWhen(channel.channel_id, (one) => one.attempts === 4 && delayOf(one) !== LEASE_MS);
    await sql(vault, 'UPDATE deliveries SET attempts = 12 WHERE app_id = $1 AND channel_id = $2', [
      appId,
      channel.channel_id,
    ]);
    await passTime(vault, channel.channel_id);
    const dead = await deliveryWhen(channel.channel_id, (one) => one.status === 'dead');
    assert.deepEqual([dead.attempts, dead.next_attempt_at], [13, null]);
    assert.ok(dead.finished_at);
    assert.match(vault.log(), new RegExp(`"alarm":"notification".*${dead.delivery_id}`));
    assert.equal(new Set(upstream.requests.map((one) => one.headers['webhook-id'])).size, 1);
    await upstream.stop();
  });

  test('F1: a lease that a dead server left runs out, another server delivers, and the first can no longer say how it ended', async () => {
    const channel = await webhook();
    const { db } = vault.server.api;
    const claimed = await db.transaction(async (tx) => {
      await new Outbox().enqueue(tx, appId, notice());
      return claimDeliveries(tx, { leaseMs: 60_000, limit: 1000, busy: [] });
    });
    const stale = claimed.find((one: ClaimedDelivery) => one.channel_id === channel.channel_id);
    assert.ok(stale);
    await passTime(vault, channel.channel_id);
    const done = await deliveryWhen(channel.channel_id, (one) => one.status === 'delivered');
    assert.equal(done.attempts, 2);
    assert.equal(await finishDelivery(db, stale, 'dead', { code: 'internal', statusCode: null }), false);
    assert.equal(channel.got()[0]?.headers['webhook-id'], stale.delivery_id);
  });

  test('F21: two servers deliver each notice once', async () => {
    const other = await startVault({ join: vault });
    const channel = await webhook();
    await Promise.all(Array.from({ length: 60 }, () => enqueue(vault, appId, notice())));
    await until('all of them', async () =>
      (
        await sql(
          vault,
          "SELECT 1 FROM deliveries WHERE app_id = $1 AND channel_id = $2 AND status = 'delivered'",
          [appId, channel.channel_id],
        )
      ).length === 60
        ? true
        : undefined,
    );
    assert.equal(channel.got().length, 60);
    assert.equal(new Set(channel.got().map((one: Recorded) => one.headers['webhook-id'])).size, 60);
    await other.stop();
  });

  test('F11: a server that is stopped first stores the outcome of what it is sending', async () => {
    const own = await startVault();
    const upstream = await startUpstream();
    upstream.behave((_request, response) => void setTimeout(() => response.end(), 700));
    const channel = await webhook(own, upstream);
    await enqueue(own, await defaultApp(own), notice());
    await until('the request', () => (upstream.requests.length > 0 ? true : undefined));
    const next = await startVault({ join: own });
    await own.stop();
    const [delivery] = await deliveries(channel.channel_id, next);
    assert.equal(delivery.status, 'delivered');
    assert.equal(upstream.requests.length, 1);
    await next.stop();
    await upstream.stop();
  });
});

describe('what a channel may be', () => {
  test('S1 S2 S3 S4 S5 S9 S10 S17: a URL that names what is never dialled is not stored, for webhooks and Slack', async () => {
    const strict = await startVault({ env: { ALTER_EGRESS_ALLOW: '' } });
    for (const type of ['webhook', 'slack'])
      for (const url of [
        `${receiver.origin}/`,
        `https://127.0.0.1:${receiver.port}/`,
        'https://10.0.0.1/',
        'https://100.64.0.1/',
        'https://169.254.169.254/latest/meta-data/',
        'https://168.63.129.16/',
        'https://2130706433/',
        'https://0x7f.1/',
        'https://[::1]/',
        'https://[::7f00:1]/',
        'https://[::ffff:7f00:1]/',
        'https://[64:ff9b::a9fe:a9fe]/',
        'https://[2002:7f00:1::1]/',
        'http://example.com/',
        'ftp://example.com/',
        'https://good@evil.example/',
        '//evil.example/',
      ]) {
        const answer = await strict.api('POST', CHANNELS, { name: name(), type, url });
        assert.equal(answer.json.error?.code, 'invalid_request', `${type} ${url}`);
        assert.equal(answer.json.error.issues[0].path, 'url');
        assert.ok(!answer.text.includes(url), 'a refused URL is not repeated');
      }
    await strict.stop();
  });

  test('S2 S6 S17: a name that is metadata or resolves to a private address is refused at delivery, with no connection', async () => {
    const strict = await startVault({ env: { ALTER_EGRESS_ALLOW: '' } });
    const before = receiver.connections();
    for (const type of ['webhook', 'slack'])
      for (const host of [`localhost:${receiver.port}`, 'metadata.google.internal']) {
        const { channel_id } = await strict.ok('POST', CHANNELS, {
          name: name(),
          type,
          url: `https://${host}/`,
        });
        const tested = await strict.ok('POST', `${CHANNELS}/${channel_id}/test`);
        assert.deepEqual(tested, { ok: false, status_code: null, code: 'egress_denied' }, host);
      }
    assert.equal(receiver.connections(), before);
    await strict.stop();
  });

  test('fields go with their type, names are unique, e-mail needs a mail server', async () => {
    const made = (body: object) => vault.api('POST', CHANNELS, { name: name(), ...body });
    const url = `${receiver.origin}/x`;
    for (const body of [
      { type: 'webhook' },
      { type: 'webhook', url, to: ['a@example.com'] },
      { type: 'slack', url, from: 'a@example.com' },
      { type: 'smtp', to: ['a@example.com'] },
      { type: 'smtp', to: ['a@example.com'], from: 'b@example.com' },
      { type: 'webhook', url, events: [] },
      { type: 'webhook', url, events: ['approval.requested', 'approval.requested'] },
      { type: 'webhook', url, events: ['nothing'] },
      { type: 'webhook', url, secret: 'mine' },
    ])
      assert.equal((await made(body)).json.error?.code, 'invalid_request', JSON.stringify(body));
    const { name: taken } = await webhook();
    assert.equal((await made({ type: 'webhook', url, name: taken })).json.error.code, 'conflict');
  });

  test('I6: a channel that was edited in SQL sends nothing anywhere', async () => {
    const channel = await webhook();
    const elsewhere = await startUpstream();
    await sql(vault, 'UPDATE channels SET settings = $3::jsonb WHERE app_id = $1 AND channel_id = $2', [
      appId,
      channel.channel_id,
      JSON.stringify({ url: `${elsewhere.origin}/` }),
    ]);
    await enqueue(vault, appId, notice());
    const dead = await deliveryWhen(channel.channel_id, (one) => one.status === 'dead');
    assert.equal(dead.code, 'integrity_error');
    assert.equal(elsewhere.connections(), 0);
    const rotated = await vault.api('POST', `${CHANNELS}/${channel.channel_id}/rotate`, {});
    assert.equal(rotated.json.error.code, 'integrity_error');
    assert.equal((await vault.api('DELETE', `${CHANNELS}/${channel.channel_id}`)).status, 204);
    await elsewhere.stop();
  });

  test('F12: a rotation of the wrapping key takes the secrets of channels along, and they sign as before', async () => {
    const channel = await webhook();
    const { db, log } = vault.server.api;
    const keyOf = async (): Promise<unknown> =>
      sql(vault, 'SELECT key_id FROM channel_secrets WHERE app_id = $1 AND channel_id = $2', [
        appId,
        channel.channel_id,
      ]);
    const config = readConfig({ ALTER_DATA_DIR: vault.dataDir, ALTER_DATABASE_URL: vault.urls.runtimeUrl });
    const holder = await KeyringHolder.open(db, await loadRootKeys(config, log, false), log);
    const oldId = holder.current().primary('wrap').keyId;
    assert.deepEqual(await keyOf(), [{ key_id: oldId }]);
    const admin = new KeyringAdmin(db, holder, log, { distributeMs: 0, graceMs: 0, tickMs: 60_000 });
    await admin.rotateKeyring(async () => undefined);
    await until('the end of the rotation', async () => ((await admin.resume()) ? true : undefined));
    const newId = holder.current().primary('wrap').keyId;
    assert.notEqual(newId, oldId);
    assert.deepEqual(await keyOf(), [{ key_id: newId }]);
    assert.deepEqual(await sql(vault, 'SELECT state FROM keyring WHERE key_id = $1', [oldId]), [
      { state: 'disabled' },
    ]);
    assert.equal((await vault.ok('POST', `${CHANNELS}/${channel.channel_id}/test`)).ok, true);
    const last = channel.got().at(-1);
    assert.ok(last && verifies(last, channel.signing_secret));
  });

  test('every change stands in the audit log, and who may make it is told by role', async () => {
    const channel = await webhook();
    const at = `${CHANNELS}/${channel.channel_id}`;
    await vault.ok('PATCH', at, { events: ['approval.expired'] });
    await vault.ok('POST', `${at}/rotate`, {});
    await vault.ok('POST', `${at}/test`);
    await vault.api('DELETE', at);
    assert.equal((await vault.api('GET', at)).json.error.code, 'not_found');
    const events = (await vault.audit()).filter((one) => one.context?.channel_id === channel.channel_id);
    assert.deepEqual(events.map((one) => one.kind).toSorted(), [
      'channel.created',
      'channel.deleted',
      'channel.secret_rotated',
      'channel.tested',
      'channel.updated',
    ]);
    const reader = await vault.ok('POST', '/v1/tokens', { name: name(), scopes: ['channels:read'] });
    const as = { token: reader.token };
    assert.equal((await vault.api('GET', CHANNELS, undefined, as)).status, 200);
    const refused = await vault.api(
      'POST',
      CHANNELS,
      { name: name(), type: 'webhook', url: receiver.origin },
      as,
    );
    assert.equal(refused.json.error.code, 'insufficient_scope');
  });
});

test('I8: Slack gets escaped plain text, and its URL shows up nowhere', async () => {
  const secret = canary();
  const url = `${receiver.origin}/services/${secret}`;
  const made = await vault.api('POST', CHANNELS, { name: name(), type: 'slack', url });
  const { channel_id } = made.json;
  const changed = await vault.api('PATCH', `${CHANNELS}/${channel_id}`, { url });
  await enqueue(
    vault,
    appId,
    notice({ reason: '<!channel> *bold* & <https://evil.example|click> \u202egnp' }),
  );
  const request = await until('the message', () => receiver.requests.find((one) => one.url.includes(secret)));
  const { text, blocks } = JSON.parse(request.body.toString());
  assert.equal(text, '[default] Approval needed: POST api.example.com');
  const texts: { type: string; text: string }[] = blocks.flatMap(
    (block: { text?: never; fields?: never[] }) => [
      ...(block.text === undefined ? [] : [block.text]),
      ...(block.fields ?? []),
    ],
  );
  const reason = texts.find((one) => one.text.startsWith('Reason'));
  assert.deepEqual(reason, {
    type: 'plain_text',
    text: 'Reason: &lt;!channel&gt; *bold* &amp; &lt;https://evil.example|click&gt; \\u{202e}gnp',
    emoji: false,
  });
  assert.deepEqual(
    texts.filter((one) => one.type === 'mrkdwn').map((one) => one.text),
    ['<https://vault.example.com/approvals/0199aaaa|Open the approval>'],
  );
  const answers = [made.text, changed.text, (await vault.api('GET', CHANNELS)).text];
  const rows = await sql(vault, 'SELECT * FROM channels WHERE app_id = $1', [appId]);
  for (const place of [...answers, vault.log(), JSON.stringify(await vault.audit())])
    assert.ok(!place.includes(secret));
  assert.ok(
    !JSON.stringify(rows, (_key, value: unknown) =>
      typeof value === 'bigint' ? `${value}` : value,
    ).includes(secret),
  );
});

describe('e-mail', () => {
  async function withMail(
    scheme: 'smtp' | 'smtps',
    options: MailSinkOptions & { env?: Record<string, string>; login?: string },
    work: (own: TestVault, sink: MailSink) => Promise<void>,
  ): Promise<void> {
    const sink = await startMailSink(options);
    const login = options.login === undefined ? '' : `${options.login}@`;
    const own = await startVault({
      env: { ALTER_SMTP_URL: `${scheme}://${login}localhost:${sink.port}`, ...(options.env ?? CA) },
    });
    try {
      await work(own, sink);
    } finally {
      await own.stop();
      await sink.stop();
    }
  }
  const channelOf = (own: TestVault, more: object = {}) =>
    own.ok('POST', CHANNELS, {
      name: name(),
      type: 'smtp',
      to: ['ops@example.com', 'sec@example.com'],
      from: 'vault@example.com',
      ...more,
    });

  test('W2: arrives over STARTTLS, signed in, with everything escaped and a link that only opens', async () => {
    const password = canary();
    await withMail('smtp', { login: `mailer:${password}` }, async (own, sink) => {
      const { channel_id } = await channelOf(own);
      await enqueue(
        own,
        await defaultApp(own),
        notice({ host: 'x.example\r\nBcc: evil@example.com', reason: '<script>alert(1)</script>"\'&' }),
      );
      const mail = await until('a mail', () => sink.mails[0]);
      assert.deepEqual(
        [mail.from, mail.to, mail.isTls],
        ['vault@example.com', ['ops@example.com', 'sec@example.com'], true],
      );
      assert.equal(mail.login, `mailer:${password}`);
      assert.deepEqual(
        sink.clear.filter((line) => !/^(EHLO|STARTTLS)/.test(line)),
        [],
      );
      const [headers = '', ...rest] = mail.raw.split('\r\n\r\n');
      assert.ok(!/^bcc:/im.test(headers));
      assert.match(headers, /^Subject: /m);
      const plain = rest.join('\r\n\r\n').replaceAll('=\r\n', '').replaceAll('=3D', '=');
      assert.ok(plain.includes('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;'));
      assert.ok(plain.includes('href="https://vault.example.com/approvals/0199aaaa"'));
      assert.ok(plain.includes('x.example\\u{d}\\u{a}Bcc'));
      const done = await deliveryWhen(channel_id, (one) => one.status === 'delivered', own);
      assert.ok(headers.includes(`<${done.delivery_id}@example.com>`));
      assert.ok(!own.log().includes(password));
    });
  });

  test('arrives over TLS from the start', async () => {
    await withMail('smtps', { tlsFromStart: true }, async (own, sink) => {
      const { channel_id } = await channelOf(own);
      assert.equal((await own.ok('POST', `${CHANNELS}/${channel_id}/test`)).ok, true);
      assert.equal(sink.mails[0]?.isTls, true);
    });
  });

  for (const [what, scheme, options] of [
    ['without STARTTLS', 'smtp', { noStartTls: true }],
    ['by a certificate that nobody vouches for', 'smtp', { env: {} }],
    ['by such a certificate from the start', 'smtps', { tlsFromStart: true, env: {} }],
  ] as const)
    test(`nothing is said to a mail server ${what}`, async () => {
      await withMail(scheme, { ...options, login: 'mailer:hunter2hunter2' }, async (own, sink) => {
        const { channel_id } = await channelOf(own);
        const tested = await own.ok('POST', `${CHANNELS}/${channel_id}/test`);
        assert.equal(tested.ok, false);
        assert.equal(sink.mails.length, 0);
        assert.deepEqual(
          sink.clear.filter((line) => /^(AUTH|MAIL|RCPT|DATA)/.test(line)),
          [],
        );
      });
    });

  test('S1 S17: a mail server at a private address is dialled only inside ALTER_EGRESS_ALLOW', async () => {
    await withMail('smtp', { env: { ...CA, ALTER_EGRESS_ALLOW: '' } }, async (own, sink) => {
      const { channel_id } = await channelOf(own);
      const tested = await own.ok('POST', `${CHANNELS}/${channel_id}/test`);
      assert.equal(tested.code, 'egress_denied');
      assert.equal(sink.clear.length, 0);
    });
  });

  test('what the mail server refuses says so', async () => {
    await withMail('smtp', {}, async (own, sink) => {
      const { channel_id } = await channelOf(own);
      sink.refuse('550 no such user');
      const tested = await own.ok('POST', `${CHANNELS}/${channel_id}/test`);
      assert.deepEqual(tested, { ok: false, status_code: 550, code: 'refused' });
    });
  });

  test('R6: no address carries a header, a name or another address', async () => {
    await withMail('smtp', {}, async (own) => {
      for (const address of [
        'a@example.com\r\nBcc: b@example.com',
        'a@example.com\n',
        'A <a@example.com>',
        'a@example.com, b@example.com',
        'a@b@example.com',
        '"a b"@example.com',
        'a@[127.0.0.1]',
        '@example.com',
        '',
      ])
        for (const more of [{ to: [address] }, { from: address }]) {
          const body = { name: name(), type: 'smtp', to: ['a@example.com'], from: 'b@example.com', ...more };
          assert.equal((await own.api('POST', CHANNELS, body)).json.error?.code, 'invalid_request', address);
        }
    });
  });
});
