/**
 * F10, I12: two servers on one database under steady calls. What is revoked on one holds on the other from its commit on,
 * with and without notifications: the audit log's own order says so, and so does what the upstream saw. Open streams end.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startVault, stopPostgres, type TestVault } from '../vault.ts';
import { until } from '../vault-process.ts';
import { makeApp, pause, startRig, type App, type Rig } from '../guarantees/rig.ts';

/** How long an answered revoke is watched. */
const WATCH_MS = 800;

let rig: Rig;
let second: TestVault;
before(async () => {
  rig = await startRig();
  second = await startVault({
    join: { urls: rig.vault.urls, dataDir: rig.vault.dataDir, token: rig.vault.token },
  });
});
after(async () => {
  await second?.stop();
  await rig?.stop();
  await stopPostgres();
});

interface Steady {
  /** Answers so far, with the moment at which the call was begun. */
  readonly answers: { readonly startedAt: number; readonly code: string }[];
  stop(): Promise<void>;
}

/** Calls on the second server, several at a time. */
function callSteadily(key: string, grantId: string, path: string): Steady {
  const answers: { startedAt: number; code: string }[] = [];
  let isStopped = false;
  const caller = async (): Promise<void> => {
    while (!isStopped) {
      const startedAt = performance.now();
      const answer = await second.proxy(key, grantId, rig.upstream.origin + path);
      answers.push({ startedAt, code: answer.json?.error?.code ?? String(answer.status) });
      if (answer.status !== 200) await pause(5);
    }
  };
  const callers = Array.from({ length: 8 }, caller);
  return {
    answers,
    stop: async () => {
      isStopped = true;
      await Promise.all(callers);
    },
  };
}

interface Case {
  readonly what: string;
  readonly code: string;
  /** Answers when the revoke was answered. */
  readonly revoke: (app: App) => Promise<unknown>;
  /** The kind of the event that the revoke leaves. */
  readonly kind: string;
  readonly asAgent?: boolean;
}

const CASES: readonly Case[] = [
  {
    what: 'key',
    code: 'unauthenticated',
    kind: 'key.revoked',
    revoke: (app) => rig.vault.ok('DELETE', `/v1/apps/${app.appId}/keys/${app.keyId}`),
  },
  {
    what: 'grant',
    code: 'grant_revoked',
    kind: 'grant.revoked',
    revoke: (app) => rig.vault.ok('POST', `/v1/grants/${app.grantId}/revoke`, {}),
  },
  {
    what: 'secret',
    code: 'not_found',
    kind: 'secret.deleted',
    revoke: (app) => rig.vault.ok('DELETE', `/v1/apps/${app.appId}/secrets/${app.secretId}`),
  },
  {
    what: 'the addresses of a key',
    code: 'unauthenticated',
    kind: 'key.updated',
    revoke: (app) =>
      rig.vault.ok('PATCH', `/v1/apps/${app.appId}/keys/${app.keyId}`, { ip_allowlist: ['203.0.113.0/24'] }),
  },
  {
    what: 'a policy that denies',
    code: 'policy_denied',
    kind: 'policy.created',
    revoke: (app) =>
      rig.vault.ok('POST', `/v1/apps/${app.appId}/policies`, {
        name: 'stop',
        applies_to: { grant_id: app.grantId },
        rule: { type: 'request', effect: 'deny', methods: ['GET'] },
      }),
  },
];

async function holds({ code, revoke, kind }: Case): Promise<void> {
  const app = await makeApp(rig);
  const path = `/${app.appId}`;
  const steady = callSteadily(app.key, app.grantId, path);
  await until('calls go through', () => steady.answers.filter((one) => one.code === '200').length > 40);
  await revoke(app);
  const revokedAt = performance.now();
  await pause(WATCH_MS);
  await steady.stop();
  const later = steady.answers.filter(({ startedAt }) => startedAt > revokedAt);
  assert.ok(later.length > 20, 'calls went on after the revoke');
  assert.deepEqual([...new Set(later.map((one) => one.code))], [code]);
  // By the log: no call was authorised under the epoch of the revoke or a later one.
  const [event] = await rig.vault.audit({ kind }, app.appId);
  assert.ok(event !== undefined, kind);
  const rows = await rig.sql(
    `SELECT count(*) FILTER (WHERE kind = 'call.authorized')::int AS authorized,
            max(epoch) FILTER (WHERE kind = 'call.authorized')::text AS last,
            (SELECT epoch::text FROM audit_events WHERE app_id = $1 AND kind = $2) AS revoked
     FROM audit_events WHERE app_id = $1`,
    [app.appId, kind],
  );
  const { authorized, last, revoked } = rows[0] ?? {};
  assert.ok(BigInt(String(last)) < BigInt(String(revoked)), `authorised in epoch ${String(last)}`);
  // By the upstream: it saw no more than what was authorised.
  const seen = rig.upstream.requests.filter(({ url }) => url === path).length;
  assert.ok(seen <= Number(authorized) && seen >= 40);
}

describe('a revoke on one server, steady calls on another', () => {
  for (const one of CASES) test(`A14, F10, I12: ${one.what}`, () => holds(one));

  test('F10, I12: an agent, with its keys', async () => {
    const app = await makeApp(rig);
    const { agent_id } = await rig.vault.ok('POST', `/v1/apps/${app.appId}/agents`, { name: 'bot' });
    const { api_key } = await rig.vault.key({ kind: 'agent', agent_id }, app.appId);
    const grant = await rig.vault.ok('POST', `/v1/apps/${app.appId}/secrets/${app.secretId}/grants`, {
      principal: { type: 'agent', id: agent_id },
    });
    const steady = callSteadily(api_key, grant.grant_id, `/${agent_id}`);
    await until('calls go through', () => steady.answers.filter((one) => one.code === '200').length > 40);
    await rig.vault.ok('DELETE', `/v1/apps/${app.appId}/agents/${agent_id}`);
    const revokedAt = performance.now();
    await pause(WATCH_MS);
    await steady.stop();
    const later = steady.answers.filter(({ startedAt }) => startedAt > revokedAt);
    assert.ok(later.length > 20);
    assert.deepEqual([...new Set(later.map((one) => one.code))], ['unauthenticated']);
  });

  test('F10, I12: without notifications: every listening connection is killed over and over', async () => {
    const killer = setInterval(() => {
      rig
        .sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '%listen%'`)
        .catch(() => undefined);
    }, 50);
    try {
      for (const one of CASES) await holds(one);
    } finally {
      clearInterval(killer);
    }
  });

  test('F10, I12: a key reads nothing of its approvals any more, on either server', async () => {
    for (let round = 0; round < 10; round += 1) {
      const app = await makeApp(rig);
      const list = () => second.api('GET', '/v1/approvals', undefined, { token: app.key });
      assert.equal((await list()).status, 200);
      await rig.sql(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '%listen%'`,
      );
      await rig.vault.ok('DELETE', `/v1/apps/${app.appId}/keys/${app.keyId}`);
      assert.equal((await list()).status, 401);
    }
  });

  test('negative control: what was not revoked goes on', async () => {
    const app = await makeApp(rig);
    const steady = callSteadily(app.key, app.grantId, '/control');
    await until('calls go through', () => steady.answers.length > 10);
    const other = await makeApp(rig);
    await CASES[1]?.revoke(other);
    const revokedAt = performance.now();
    await pause(300);
    await steady.stop();
    const later = steady.answers.filter(({ startedAt }) => startedAt > revokedAt);
    assert.deepEqual([...new Set(later.map((one) => one.code))], ['200']);
  });
});

describe('open streams', () => {
  before(() => {
    rig.upstream.behave((request, response) => {
      if (request.url !== '/events') return response.end('ok');
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      const timer = setInterval(() => response.write(`data: tick\n\n`), 50);
      response.on('close', () => clearInterval(timer));
    });
  });

  interface Stream {
    ended(): boolean;
    endedAfterMs(since: number): number;
    close(): Promise<void>;
  }

  async function openStream(key: string, grantId: string): Promise<Stream> {
    const abort = new AbortController();
    const response = await fetch(`${second.url}/v1/proxy`, {
      signal: abort.signal,
      headers: {
        Authorization: `Bearer ${key}`,
        'Alter-Grant': grantId,
        'Alter-Url': `${rig.upstream.origin}/events`,
      },
    });
    assert.equal(response.status, 200);
    let endedAt: number | undefined;
    let isBroken = false;
    const reading = (async () => {
      try {
        for await (const chunk of response.body ?? []) void chunk;
      } catch {
        isBroken = true;
      }
      endedAt = performance.now();
    })();
    return {
      ended: () => endedAt !== undefined && isBroken,
      endedAfterMs: (since) => (endedAt ?? Infinity) - since,
      close: async () => {
        abort.abort();
        await reading;
      },
    };
  }

  async function endsOf(app: App, code: string, act: () => Promise<unknown>, grantId = app.grantId) {
    const stream = await openStream(app.key, grantId);
    await pause(300);
    assert.equal(stream.ended(), false);
    await act();
    const since = performance.now();
    await until('the stream ends, not as if complete', () => stream.ended(), 5_000);
    assert.ok(stream.endedAfterMs(since) < 5_000);
    await until('its outcome is written', async () => {
      const events = await rig.vault.audit({ kind: 'call.completed', grant_id: grantId }, app.appId);
      return events.some((event) => event.code === code);
    });
  }

  test('A14, F10, I12: a revoked grant ends its stream within 5 s, and the outcome says why', async () => {
    const app = await makeApp(rig);
    await endsOf(app, 'grant_revoked', () => rig.vault.ok('POST', `/v1/grants/${app.grantId}/revoke`, {}));
  });

  test('F10, I12: a revoked key, and a deleted secret', async () => {
    const one = await makeApp(rig);
    const two = await makeApp(rig);
    await Promise.all([
      endsOf(one, 'unauthenticated', () => CASES[0]?.revoke(one) ?? assert.fail()),
      endsOf(two, 'not_found', () => CASES[2]?.revoke(two) ?? assert.fail()),
    ]);
  });

  test('F10, I12: a grant that expires while its stream is open', async () => {
    const app = await makeApp(rig);
    const { grant_id } = await rig.vault.ok('POST', `/v1/apps/${app.appId}/secrets/${app.secretId}/grants`, {
      ttl_seconds: 2,
    });
    await endsOf(app, 'grant_expired', () => pause(1_700), grant_id);
  });

  test('negative control: a stream of another grant stays open', async () => {
    const app = await makeApp(rig);
    const stream = await openStream(app.key, app.grantId);
    const other = await makeApp(rig);
    await rig.vault.ok('POST', `/v1/grants/${other.grantId}/revoke`, {});
    await pause(3_000);
    assert.equal(stream.ended(), false);
    await stream.close();
  });
});
