/** What a vault runs on, for those who look after it. Nothing secret: no address with a password, no path, no key. */
import type { Config } from './config.ts';
import type { SmtpAccount } from './notify/smtp.ts';
import type { RootKeys } from './root-key-file.ts';

export interface VaultFacts {
  readonly database: 'embedded' | 'external';
  readonly has_owner_role: boolean;
  readonly counters: 'postgresql' | 'redis';
  readonly root_key: RootKeys['source'];
  readonly workers: number;
  readonly mail_server: string | null;
  readonly egress_allow: readonly string[];
  readonly egress_resolve: number;
  readonly has_egress_ca: boolean;
  readonly keyring_rotate_days: number;
  readonly approval_result_hours: number;
  readonly held_body_bytes_max: number;
}

export function vaultFacts(
  config: Config,
  found: {
    readonly smtp: SmtpAccount | undefined;
    readonly roots: RootKeys;
    readonly hasOwnerRole: boolean;
  },
): VaultFacts {
  const { smtp } = found;
  return {
    database: config.database.kind,
    has_owner_role: found.hasOwnerRole,
    counters: config.redisUrl === undefined ? 'postgresql' : 'redis',
    root_key: found.roots.source,
    workers: config.workers,
    mail_server: smtp === undefined ? null : `${smtp.server.host}:${smtp.server.port}`,
    egress_allow: config.egressAllow,
    egress_resolve: config.egressResolve.size,
    has_egress_ca: config.egressCaFile !== undefined,
    keyring_rotate_days: config.keyringRotateDays,
    approval_result_hours: config.approvalResultHours,
    held_body_bytes_max: config.heldBodyBytesMax,
  };
}
