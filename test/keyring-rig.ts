/** Deployments with sealed credentials, and the opener that stands for a server's calls, for the tests of the keyring. */
import { bindingOf } from '../packages/server/src/access/binding.ts';
import { KeyringHolder } from '../packages/server/src/access/keyring-holder.ts';
import { newId } from '../packages/server/src/ids.ts';
import type { RootKeys } from '../packages/server/src/root-key-file.ts';
import { Database } from '../packages/server/src/store/database.ts';
import { findVersion, insertVersion, type RewrapWork } from '../packages/server/src/store/secret-versions.ts';
import { openCredential, sealCredential } from '../packages/server/src/vault/envelope.ts';
import { RootKey } from '../packages/server/src/vault/root-key.ts';
import { Secret } from '../packages/server/src/vault/secret.ts';
import { silentLog, sql, type TestUrls } from './postgres.ts';

export type BoundSecret = RewrapWork['secret'];

/** Long waits become short, nothing else changes. */
export const QUICK = { distributeMs: 150, graceMs: 150, tickMs: 20 };

export const noAudit = async (): Promise<void> => undefined;

export function valueRoots(root: RootKey = RootKey.generate().root, others: RootKey[] = []): RootKeys {
  return { root, others, source: 'value' };
}

export function connect(urls: TestUrls): Database {
  return new Database({ url: urls.runtimeUrl, log: silentLog, connectionsMax: 6 });
}

export class Deployment {
  readonly urls: TestUrls;
  readonly db: Database;
  readonly appId = newId();

  constructor(urls: TestUrls) {
    this.urls = urls;
    this.db = connect(urls);
  }

  open(roots: RootKeys): Promise<KeyringHolder> {
    return KeyringHolder.open(this.db, roots, silentLog);
  }

  async makeApp(): Promise<void> {
    const orgId = newId();
    await this.run('INSERT INTO organizations (org_id, name) VALUES ($1, $2)', [orgId, 'test']);
    await this.run(
      "INSERT INTO apps (app_id, org_id, name, epoch, digest, mac) VALUES ($1, $2, 'test', 1, '', '')",
      [this.appId, orgId],
    );
  }

  /** Credentials whose value is their secret's id and version. */
  async store(holder: KeyringHolder, count: number): Promise<BoundSecret[]> {
    const secrets = Array.from({ length: count }, () => this.#newSecret());
    await this.run(
      `INSERT INTO secrets (app_id, secret_id, name, credential_type, fields, injection, allowed_hosts,
         allow_any_host, delivery, version, created_at, updated_at, epoch, mac)
       SELECT $1, id, id::text, 'bearer', '{token}', '[]', '{api.example.com}', false, 'any', 1, now(), now(), 1, ''
       FROM unnest($2::uuid[]) AS id`,
      [this.appId, secrets.map((secret) => secret.secret_id)],
    );
    for (const secret of secrets) await this.seal(holder, secret);
    return secrets;
  }

  async seal(holder: KeyringHolder, secret: BoundSecret): Promise<void> {
    const keyring = holder.current();
    const fields = new Map([['token', Secret.fromText(valueOf(secret))]]);
    const sealed = sealCredential(keyring, bindingOf(keyring.deploymentId, secret), fields);
    const ids = { appId: secret.app_id, secretId: secret.secret_id, version: secret.version };
    await this.db.transaction((tx) => insertVersion(tx, { ...sealed, ...ids }));
  }

  /** A new version in place of the one before, as when an operator rotates the credential. */
  async rotateCredential(holder: KeyringHolder, secret: BoundSecret): Promise<BoundSecret> {
    const next = { ...secret, version: secret.version + 1 };
    await this.seal(holder, next);
    const key = [secret.app_id, secret.secret_id, next.version];
    await this.run('UPDATE secrets SET version = $3 WHERE app_id = $1 AND secret_id = $2', key);
    await this.run('DELETE FROM secret_versions WHERE app_id = $1 AND secret_id = $2 AND version < $3', key);
    return next;
  }

  /** What the data path does: a key that is not known is learnt once, and the row read again. */
  async openValue(holder: KeyringHolder, secret: BoundSecret): Promise<string> {
    let sealed = await findVersion(this.db, secret.app_id, secret.secret_id, secret.version);
    if (sealed !== undefined && holder.current().find(sealed.keyId) === undefined) {
      await holder.reload();
      sealed = await findVersion(this.db, secret.app_id, secret.secret_id, secret.version);
    }
    if (sealed === undefined) throw new Error(`no version ${secret.version}`);
    const keyring = holder.current();
    const fields = openCredential(keyring, bindingOf(keyring.deploymentId, secret), sealed);
    return fields.get('token')?.revealText() ?? '';
  }

  async countUnder(keyId: string): Promise<number> {
    const [row] = await this.run('SELECT count(*)::int AS count FROM secret_versions WHERE key_id = $1', [
      keyId,
    ]);
    return Number(row?.['count']);
  }

  async stateOf(keyId: string): Promise<unknown> {
    const [row] = await this.run('SELECT state FROM keyring WHERE key_id = $1', [keyId]);
    return row?.['state'];
  }

  run(text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
    return sql(this.urls.ownerUrl, text, values);
  }

  #newSecret(): BoundSecret {
    return {
      app_id: this.appId,
      secret_id: newId(),
      version: 1,
      credential_type: 'bearer',
      allowed_hosts: ['api.example.com'],
      allow_any_host: false,
      injection: [],
      delivery: 'any',
      default_headers: [],
      base_url: null,
      public_fields: [],
    };
  }
}

export function valueOf(secret: BoundSecret): string {
  return `${secret.secret_id}/${secret.version}`;
}

export async function until(isDone: () => Promise<boolean>, timeoutMs = 20_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await isDone())) {
    if (performance.now() > deadline) throw new Error('it did not happen in time');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
