/** F12: held calls and their results go along when the wrapping key rotates, and are shredded when their time is over. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { KeyringRotation } from '../packages/server/src/api/keyring-rotation.ts';
import { shredApprovalBlobs } from '../packages/server/src/store/approval-blobs.ts';
import { codeOf, decide, ended, holdPolicy, person } from './approvals-rig.ts';
import { QUICK } from './keyring-rig.ts';
import { KeyringHolder } from '../packages/server/src/access/keyring-holder.ts';
import { readConfig } from '../packages/server/src/config.ts';
import { loadRootKeys } from '../packages/server/src/root-key-file.ts';
import { Database } from '../packages/server/src/store/database.ts';
import { onDatabase, silentLog, sql } from './postgres.ts';
import { startUpstream } from './upstream.ts';
import { startVault, stopPostgres, testPostgres } from './vault.ts';

after(stopPostgres);

test(
  'F12, I11: a call that was held before a rotation is sent after it; then request and result are shredded',
  { timeout: 60_000 },
  async (t) => {
    const vault = await startVault();
    const upstream = await startUpstream();
    const db = new Database({ url: vault.urls.runtimeUrl, log: silentLog, connectionsMax: 4 });
    t.after(async () => {
      await db.close();
      await vault.stop();
      await upstream.stop();
    });
    const approver = await person(vault, 'approver');
    const { api_key: key } = await vault.key();
    const { secret_id, grant_id } = await vault.secret(upstream.host);
    await holdPolicy(vault, { secret_id }, { approvers: ['approver'] });
    const hold = async (): Promise<string> => {
      const answer = await vault.proxy(key, grant_id, upstream.origin, { method: 'POST', body: 'x' });
      return answer.json.approval.approval_id;
    };
    const [first, second] = [await hold(), await hold()];
    await decide(vault, first, approver);
    await ended(vault, first, key);

    const [before] = (await vault.ok('GET', '/v1/keyring')).keys.filter(
      (one: { purpose: string; state: string }) => one.purpose === 'wrap' && one.state === 'primary',
    );
    assert.equal(before.sealed_rows, 3);
    await vault.ok('POST', '/v1/keyring/rotate');
    const config = readConfig({ ALTER_DATA_DIR: vault.dataDir });
    const holder = await KeyringHolder.open(db, await loadRootKeys(config, silentLog, false), silentLog);
    const rotation = new KeyringRotation(db, holder, silentLog, QUICK);
    for (let i = 0; i < 100 && !(await rotation.advance(() => false)); i += 1)
      await new Promise((resolve) => setTimeout(resolve, 50));
    const after = (await vault.ok('GET', '/v1/keyring')).keys.find(
      (one: { key_id: string }) => one.key_id === before.key_id,
    );
    assert.deepEqual([after.state, after.sealed_rows], ['disabled', 0]);

    await decide(vault, second, approver);
    assert.equal((await ended(vault, second, key)).status, 'executed');
    const result = (id: string) => vault.api('GET', `/v1/approvals/${id}/result`, undefined, { token: key });
    assert.equal((await result(first)).status, 200);

    const { superuserUrl } = await testPostgres();
    const superuser = onDatabase(superuserUrl, new URL(vault.urls.runtimeUrl).pathname.slice(1));
    const kept = await sql(
      superuser,
      `SELECT FROM approval_blobs WHERE shred_at > now() + interval '23 hours'`,
    );
    assert.equal(kept.length, 4);
    await sql(superuser, `UPDATE approval_blobs SET shred_at = now() WHERE approval_id = $1`, [first]);
    await shredApprovalBlobs(db);
    assert.equal(codeOf(await result(first)), 'not_found');
    const seen = await vault.api('GET', `/v1/approvals/${first}/request`, undefined, {
      token: approver.token,
    });
    assert.equal(codeOf(seen), 'not_found');
    assert.equal((await result(second)).status, 200);
  },
);
