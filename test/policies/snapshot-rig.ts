/** An app in memory with one secret, a grant, its clone and an agent's grant, sealed as the store would give it. */
import { createSecretKey } from 'node:crypto';
import { authorize, type CallFacts, type Decision } from '../../packages/server/src/access/authorize.ts';
import { compileHosts } from '../../packages/server/src/access/hosts.ts';
import { digestOfApp, sealRow, type Unsealed } from '../../packages/server/src/access/row-macs.ts';
import { AppSnapshot } from '../../packages/server/src/access/snapshot.ts';
import type { KeyRow, PolicyRow } from '../../packages/server/src/store/deciding.ts';
import { boundaryMac } from '../../packages/server/src/vault/mac.ts';
import { APP_ID, type CallOptions, facts } from './policy-rig.ts';

const macKey = createSecretKey(Buffer.alloc(32, 7));
const id = (n: number): string => `01900000-0000-7000-a000-${n.toString().padStart(12, '0')}`;
export const SECRET = id(1);
export const OTHER_SECRET = id(2);
export const GRANT = id(3);
export const CLONE = id(4);
export const AGENT_GRANT = id(5);
export const OTHER_GRANT = id(6);
export const AGENT = id(7);

const common = { app_id: APP_ID, epoch: 1n, created_by: null, created_at: new Date(0) };

const secretRow = (secretId: string, over: Partial<Unsealed<'secrets'>>): Unsealed<'secrets'> => ({
  ...common,
  secret_id: secretId,
  name: `secret-${secretId}`,
  template: null,
  variables: {},
  credential_type: 'bearer',
  fields: ['token'],
  public_fields: [],
  fingerprints: [],
  previous_fingerprints: null,
  overlap_until: null,
  role_arn: null,
  injection: [],
  default_headers: [],
  allowed_hosts: ['api.example.com'],
  allow_any_host: false,
  delivery: 'any',
  base_url: null,
  verify: null,
  version: 1,
  rotate_by: null,
  updated_at: new Date(0),
  deleted_at: null,
  ...over,
});

const grantRow = (
  grantId: string,
  secretId: string,
  over: Partial<Unsealed<'grants'>> = {},
): Unsealed<'grants'> => ({
  ...common,
  grant_id: grantId,
  secret_id: secretId,
  cloned_from: null,
  principal_type: 'system',
  principal_id: null,
  label: null,
  expires_at: null,
  revoked_at: null,
  revoke_reason: null,
  ...over,
});

export const appKey: KeyRow = {
  ...common,
  mac: Buffer.alloc(0),
  key_id: id(8),
  kind: 'app',
  agent_id: null,
  name: 'key',
  prefix: 'alter_key_app_x',
  key_hash: Buffer.alloc(32),
  ip_allowlist: null,
  requests_per_minute: null,
  allow_release: true,
  owner_member_id: null,
  expires_at: null,
  revoked_at: null,
  rotated_from: null,
  replaced_by: null,
  lineage_id: id(8),
};
export const agentKey: KeyRow = { ...appKey, kind: 'agent', agent_id: AGENT };

export function snapshotWith(
  policies: readonly PolicyRow[],
  secret: Partial<Unsealed<'secrets'>> = {},
): AppSnapshot {
  const lists = {
    agents: [],
    api_keys: [],
    secrets: [secretRow(SECRET, secret), secretRow(OTHER_SECRET, {})].map((row) =>
      sealRow(macKey, 'secrets', row),
    ),
    grants: [
      grantRow(GRANT, SECRET),
      grantRow(CLONE, SECRET, { cloned_from: GRANT }),
      grantRow(AGENT_GRANT, SECRET, { principal_type: 'agent', principal_id: AGENT }),
      grantRow(OTHER_GRANT, OTHER_SECRET),
    ].map((row) => sealRow(macKey, 'grants', row)),
    policies: policies.map((row) => sealRow(macKey, 'policies', row)),
  };
  const about = { app_id: APP_ID, org_id: id(9), name: 'app' };
  const digest = digestOfApp(macKey, about);
  for (const rows of Object.values(lists)) for (const row of rows) digest.add(row.mac);
  const mac = boundaryMac(macKey, { appId: APP_ID, epoch: 1n, digest: digest.bytes });
  const app = { ...about, epoch: 1n, digest: digest.bytes, mac, created_at: new Date(0) };
  return new AppSnapshot(macKey, app, lists);
}

export function decide(
  snapshot: AppSnapshot,
  call: CallOptions = {},
  over: Partial<Pick<CallFacts, 'grantId' | 'key' | 'mode'>> = {},
): Decision {
  const full: CallFacts = { key: appKey, grantId: GRANT, mode: 'proxy', ...facts(call), ...over };
  return authorize(snapshot, full, (secret) => compileHosts(secret.allowed_hosts));
}
