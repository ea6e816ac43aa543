/** What a change of an API key lets it do more or less: for the audit log, where narrowing and widening are told apart. Pure. */
import { cidrsCover } from '../access/addresses.ts';
import type { JsonObject } from '../audit/context.ts';
import type { KeyRow } from '../store/deciding.ts';

export type KeyLimitsOfUse = Pick<
  KeyRow,
  'name' | 'ip_allowlist' | 'requests_per_minute' | 'expires_at' | 'allow_release'
>;

/** Undefined where nothing changes. */
export function describeKeyChange(before: KeyLimitsOfUse, after: KeyLimitsOfUse): JsonObject | undefined {
  const widened = wider(before, after);
  const narrowed = wider(after, before);
  const isRenamed = before.name !== after.name;
  if (widened.length === 0 && narrowed.length === 0 && !isRenamed) return undefined;
  return {
    ...(isRenamed ? { name_before: before.name } : {}),
    ...(widened.length > 0 ? { widened } : {}),
    ...(narrowed.length > 0 ? { narrowed } : {}),
    before: shown(before),
    after: shown(after),
  };
}

/** In what `to` allows something that `from` does not. An allowlist can be narrower and wider at once. */
function wider(from: KeyLimitsOfUse, to: KeyLimitsOfUse): string[] {
  const is = {
    ip_allowlist:
      from.ip_allowlist !== null &&
      (to.ip_allowlist === null || !cidrsCover(from.ip_allowlist, to.ip_allowlist)),
    requests_per_minute: (to.requests_per_minute ?? Infinity) > (from.requests_per_minute ?? Infinity),
    expires_at: (to.expires_at?.getTime() ?? Infinity) > (from.expires_at?.getTime() ?? Infinity),
    allow_release: to.allow_release && !from.allow_release,
  };
  return Object.entries(is).flatMap(([name, isWider]) => (isWider ? [name] : []));
}

const shown = (key: KeyLimitsOfUse): JsonObject => ({
  ip_allowlist: key.ip_allowlist === null ? null : [...key.ip_allowlist],
  requests_per_minute: key.requests_per_minute,
  expires_at: key.expires_at?.toISOString() ?? null,
  allow_release: key.allow_release,
});
