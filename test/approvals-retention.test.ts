/** Held calls are kept as long as the audit events that tell of them, and no longer. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { decide, ended, holdPolicy, person } from './approvals-rig.ts';
import { onDatabase, sql } from './postgres.ts';
import { startUpstream } from './upstream.ts';
import { startVault, stopPostgres, testPostgres } from './vault.ts';

after(stopPostgres);

test('A2: with a retention of the audit log, held calls that ended before it are deleted; others stay', async (t) => {
  const vault = await startVault();
  const upstream = await startUpstream();
  t.after(async () => {
    await vault.stop();
    await upstream.stop();
  });
  const { superuserUrl } = await testPostgres();
  const superuser = onDatabase(superuserUrl, new URL(vault.urls.runtimeUrl).pathname.slice(1));
  const approver = await person(vault, 'approver');
  const { api_key: key } = await vault.key();
  const { secret_id, grant_id } = await vault.secret(upstream.host);
  await holdPolicy(vault, { secret_id }, { approvers: ['approver'], expires_in_seconds: 86_400 });
  const hold = async (): Promise<string> =>
    (await vault.proxy(key, grant_id, `${upstream.origin}/x`, { method: 'POST', body: 'x' })).headers.get(
      'alter-approval',
    ) ?? assert.fail();
  const done = async (): Promise<string> => {
    const id = await hold();
    await decide(vault, id, approver);
    assert.equal((await ended(vault, id, key)).status, 'executed');
    return id;
  };
  const [old, kept, recent, pending] = [await done(), await done(), await done(), await hold()];
  const long = `created_at = now() - interval '70 days'`;
  await sql(superuser, `UPDATE approvals SET ${long}, shred_at = now() WHERE approval_id = $1`, [old]);
  // Its bytes are still kept.
  await sql(superuser, `UPDATE approvals SET ${long} WHERE approval_id = $1`, [kept]);
  await sql(superuser, `UPDATE approvals SET ${long} WHERE approval_id = $1`, [pending]);
  const left = async (table: string): Promise<string[]> =>
    (await sql(superuser, `SELECT DISTINCT approval_id::text AS id FROM ${table} ORDER BY 1`)).map(({ id }) =>
      String(id),
    );
  const join = { urls: vault.urls, dataDir: vault.dataDir, token: vault.token };
  await (await startVault({ join })).stop();
  assert.deepEqual(
    await left('approvals'),
    [old, kept, recent, pending].toSorted(),
    'kept for ever without one',
  );

  await (await startVault({ join, env: { ALTER_AUDIT_RETENTION_MONTHS: '1' } })).stop();
  assert.deepEqual(await left('approvals'), [kept, recent, pending].toSorted());
  assert.deepEqual(await left('approval_decisions'), [kept, recent].toSorted());
  assert.deepEqual(await left('approval_blobs'), [kept, recent, pending].toSorted());
});
