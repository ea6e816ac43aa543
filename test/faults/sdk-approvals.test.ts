/** F11, I11: who waits for a held call goes on waiting while a real vault is killed and comes back, and gets its answer once. */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, test } from 'node:test';
import { App, ApprovalPendingError, type PendingApproval } from '@alter-vault/sdk';
import { decide, holdPolicy, person } from '../approvals-rig.ts';
import { startUpstream } from '../upstream.ts';
import { stopPostgres, testPostgres } from '../vault.ts';
import { sharedOptions, startVaultProcess, until } from '../vault-process.ts';

after(stopPostgres);

test(
  'F1, F11, I11: PendingApproval survives kills of the vault: while it waits, before the answer is fetched, and in another process',
  { timeout: 180_000 },
  async (t) => {
    const upstream = await startUpstream();
    const urls = await (await testPostgres()).fresh();
    const options = await sharedOptions(urls);
    const { dataDir } = options;
    let vault = await startVaultProcess(options);
    const { port, url } = vault;
    t.after(async () => {
      await vault.end();
      await upstream.stop();
      await rm(dataDir, { recursive: true, force: true });
    });
    const restart = async (): Promise<void> => {
      vault.signal('SIGKILL');
      await vault.ended;
      await new Promise((resolve) => setTimeout(resolve, 500));
      vault = await startVaultProcess({ ...options, env: { ...options.env, ALTER_PORT: String(port) } });
      assert.equal(vault.url, url);
    };
    const approver = await person(vault, 'approver');
    const { api_key: apiKey } = await vault.key();
    const { secret_id, grant_id: grantId } = await vault.secret(upstream.host);
    await holdPolicy(vault, { secret_id }, { approvers: ['approver'] });
    await using app = new App({ apiKey, baseUrl: url });
    const held = async (path: string): Promise<PendingApproval> => {
      const error = await app
        .proxyRequest('POST', upstream.origin + path, { grantId, json: { amount: 1 } })
        .catch((thrown: unknown) => thrown);
      assert.ok(error instanceof ApprovalPendingError, String(error));
      return error.approval;
    };
    const sent = (path: string): number => upstream.requests.filter((one) => one.url === path).length;

    const first = await held('/first');
    const waiting = first.wait({ timeoutMs: 120_000 });
    await new Promise((resolve) => setTimeout(resolve, 300));
    await restart();
    assert.equal((await decide(vault, first.approvalId, approver)).status, 200);
    assert.equal((await waiting).status, 200);
    assert.equal(sent('/first'), 1);

    const second = await held('/second');
    assert.equal((await decide(vault, second.approvalId, approver)).status, 200);
    await until('it is sent', async () => (await second.refresh()).status === 'executed');
    await restart();
    const { url: answered } = await (await second.wait({ timeoutMs: 60_000 })).json<{ url: string }>();
    assert.equal(answered, '/second');
    assert.equal(sent('/second'), 1);

    const third = await held('/third');
    await restart();
    await using later = new App({ apiKey, baseUrl: url });
    const found = await later.approval(third.approvalId);
    assert.deepEqual([found.status, found.requestDigest], ['pending', third.requestDigest]);
    await decide(vault, third.approvalId, approver);
    assert.equal((await found.wait({ timeoutMs: 60_000 })).status, 200);
    assert.equal(sent('/third'), 1);
  },
);
