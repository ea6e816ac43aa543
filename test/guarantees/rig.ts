/** What the tests of guarantees share: a vault, an upstream that may be called, SQL as a superuser, and apps of their own. */
import { randomBytes } from 'node:crypto';
import { onDatabase, sql } from '../postgres.ts';
import { startUpstream, type Upstream } from '../upstream.ts';
import { canary, startVault, testPostgres, type TestVault } from '../vault.ts';

export interface Rig {
  readonly vault: TestVault & { dataDir: string };
  readonly upstream: Upstream;
  /** As a superuser, past every right that the vault's own roles lack. */
  sql(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  superuserUrl: string;
  stop(): Promise<void>;
}

export async function startRig(env: Record<string, string> = {}): Promise<Rig> {
  const vault = await startVault({ env });
  const upstream = await startUpstream();
  const database = new URL(vault.urls.runtimeUrl).pathname.slice(1);
  const superuserUrl = onDatabase((await testPostgres()).superuserUrl, database);
  return {
    vault,
    upstream,
    superuserUrl,
    sql: (text, values = []) => sql(superuserUrl, text, values),
    stop: async () => {
      await vault.stop();
      await upstream.stop();
    },
  };
}

/** An app with a key and a secret of its own. */
export interface App {
  readonly appId: string;
  readonly keyId: string;
  readonly key: string;
  readonly secretId: string;
  readonly grantId: string;
  readonly token: string;
}

export async function makeApp(rig: Rig, more: Record<string, unknown> = {}): Promise<App> {
  const { vault, upstream } = rig;
  const { app_id: appId } = await vault.ok('POST', '/v1/apps', {
    name: `a-${randomBytes(6).toString('hex')}`,
  });
  const { key_id: keyId, api_key: key } = await vault.key({}, appId);
  const token = canary();
  const { secret_id: secretId, grant_id: grantId } = await vault.ok('POST', `/v1/apps/${appId}/secrets`, {
    name: 'one',
    credential_type: 'bearer',
    credential: { token },
    allowed_hosts: [upstream.host],
    ...more,
  });
  return { appId, keyId, key, secretId, grantId, token };
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
