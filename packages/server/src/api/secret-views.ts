/** How managed secrets are shown, and found by a word. There is no value here that could be shown (I1). No I/O. */
import { catalogItem, findTemplate } from '@alter-vault/catalog';
import type { AppSnapshot } from '../access/snapshot.ts';
import type { SecretRow } from '../store/deciding.ts';
import { activeGrantsOfSecrets } from './lives.ts';

const ANY_HOST_WARNING = 'allow_any_host: the credential may be sent to any host';

export const overlapOf = ({ overlap_until: until }: SecretRow, now: number): string | null =>
  until !== null && until.getTime() > now ? until.toISOString() : null;

/** Shows secrets of one snapshot; what is counted over all of them is counted once. */
export function secretViewer(snapshot: AppSnapshot, now: number, used: ReadonlyMap<string, Date>) {
  const grants = activeGrantsOfSecrets(snapshot, now);
  return (secret: SecretRow) => ({
    secret_id: secret.secret_id,
    name: secret.name,
    template: secret.template,
    ...looksOf(secret.template),
    variables: { ...secret.variables },
    credential_type: secret.credential_type,
    fields: [...secret.fields],
    public_fields: [...secret.public_fields],
    injection: [...secret.injection],
    allowed_hosts: [...secret.allowed_hosts],
    allow_any_host: secret.allow_any_host,
    delivery: secret.delivery,
    base_url: secret.base_url,
    version: secret.version,
    rotate_by: secret.rotate_by?.toISOString() ?? null,
    overlap_until: overlapOf(secret, now),
    role_arn: secret.role_arn,
    created_at: secret.created_at.toISOString(),
    updated_at: secret.updated_at.toISOString(),
    last_used_at: used.get(secret.secret_id)?.toISOString() ?? null,
    active_grants: grants.get(secret.secret_id) ?? 0,
    has_test_call: secret.verify !== null,
    warnings: secret.allow_any_host ? [ANY_HOST_WARNING] : [],
  });
}

/** A template may have left the catalogue since. */
function looksOf(id: string | null) {
  const template = id === null ? undefined : findTemplate(id);
  if (template === undefined) return { template_name: null, tile: null };
  const { name, tile } = catalogItem(template);
  return { template_name: name, tile };
}

export function isFoundBy(text: string): (secret: SecretRow) => boolean {
  const wanted = text.toLowerCase();
  return (secret) =>
    [secret.name, secret.template, looksOf(secret.template).template_name, ...secret.allowed_hosts].some(
      (part) => part?.toLowerCase().includes(wanted) === true,
    );
}
