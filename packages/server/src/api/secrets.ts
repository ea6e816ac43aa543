/**
 * Managed secrets: stored, changed, rotated, shredded. Write-only: this folder seals and can't open (I1), so no answer
 * here could hold a value.
 */
import { areLimitsWithin, withoutLimits } from '@alter-vault/contract/aws-limits';
import type { Draft } from '../access/boundaries.ts';
import { bindingOf } from '../access/binding.ts';
import { isWidening } from '../access/hosts.ts';
import type { AppSnapshot } from '../access/snapshot.ts';
import type { AddressPolicy } from '../egress/address.ts';
import { newId } from '../ids.ts';
import { Refusal } from '../refusal.ts';
import type { SecretRow } from '../store/deciding.ts';
import { selectLastUses } from '../store/last-uses.ts';
import { deleteVersions, findVersion, insertVersion, updateWrap } from '../store/secret-versions.ts';
import { canonicalJson } from '../vault/canonical.ts';
import { fingerprintsOf } from '../vault/fingerprint.ts';
import { IntegrityError } from '../vault/integrity.ts';
import { rewrapCredential, sealCredential } from '../vault/seal.ts';
import { Secret } from '../vault/secret.ts';
import { getApp, nameTaken } from './apps.ts';
import { changeEvent, type About } from './events.ts';
import { getLiveSecret, newGrant, revokeTree } from './grants.ts';
import { endOverlap, endOverlapNow, NO_OVERLAP, overlapFor } from './overlap.ts';
import { afterOf, page, pageOf } from './pages.ts';
import type { ApiParts } from './parts.ts';
import { endPoliciesOf, policyChange } from './policy-changes.ts';
import type { Routes } from './routes.ts';
import { isFoundBy, overlapOf, secretViewer } from './secret-views.ts';
import { DAY_MS, unusedFor } from './unused.ts';
import { defineSecret, redefineSecret, type Definition } from './secret-definition.ts';

/** A secret is due this long before its date: then the first reminder goes out. */
export const REMINDED_DAYS = 14;
const about = (secret: SecretRow): About => ({
  secretId: secret.secret_id,
  provider: secret.template ?? secret.name,
  context: {
    secret: secret.name,
    version: secret.version,
    allowed_hosts: [...secret.allowed_hosts],
    delivery: secret.delivery,
  },
});

export function registerSecrets(routes: Routes, parts: ApiParts, egressAllow: AddressPolicy): void {
  const live = (secret: SecretRow): boolean => secret.deleted_at === null;
  const viewIn = async (snapshot: AppSnapshot, secret: SecretRow) => {
    const used = await selectLastUses(parts.db, snapshot.appId, 'secret', [secret.secret_id]);
    return secretViewer(snapshot, parts.clock.now(), used)(secret);
  };
  const viewOne = async (appId: string, secret: SecretRow) => {
    const snapshot = await parts.boundaries.fresh(appId);
    if (snapshot === undefined) throw new Refusal('not_found');
    return viewIn(snapshot, secret);
  };

  routes.route('listSecrets', async ({ actor, params, query }) => {
    const app = await getApp(parts, actor, params.app);
    const snapshot = await parts.boundaries.fresh(app.app_id);
    if (snapshot === undefined) throw new Refusal('not_found');
    const now = parts.clock.now();
    const due = dueBefore(query.rotate_due_within_days, now);
    const found = query.q === undefined ? () => true : isFoundBy(query.q);
    const secrets = await unusedFor(
      parts,
      { appId: app.app_id, subject: 'secret', days: query.unused_days },
      [...snapshot.all('secrets')].filter((secret) => live(secret) && due(secret) && found(secret)),
      (secret) => secret.secret_id,
    );
    const rows = pageOf(secrets, afterOf(query.cursor), query.limit, (secret) => secret.secret_id);
    const used = await selectLastUses(
      parts.db,
      app.app_id,
      'secret',
      rows.map((secret) => secret.secret_id),
    );
    return page(rows, query.limit, (secret) => secret.secret_id, secretViewer(snapshot, now, used));
  });

  routes.route('getSecret', async ({ actor, params }) => {
    const app = await getApp(parts, actor, params.app);
    const snapshot = await parts.boundaries.fresh(app.app_id);
    const secret = snapshot?.secret(params.secret_id);
    if (snapshot === undefined || secret === undefined || !live(secret)) throw new Refusal('not_found');
    return viewIn(snapshot, secret);
  });

  routes.route('createSecret', async ({ actor, params, body, requestId, ip }) => {
    const app = await getApp(parts, actor, params.app);
    const definition = defineSecret(body, egressAllow);
    const now = parts.clock.now();
    const change = { actor, requestId, clock: parts.clock, ip };
    try {
      const { secret, grantId } = await parts.boundaries.change(app.app_id, async (draft) => {
        const row = await draft.insert('secrets', {
          ...definition,
          fingerprints: fingerprintsFor(parts, draft, definition, body.credential),
          secret_id: newId(),
          name: body.name,
          version: 1,
          rotate_by: body.rotate_by === undefined ? null : new Date(body.rotate_by),
          created_by: actor.memberId,
          created_at: new Date(now),
          updated_at: new Date(now),
          ...NO_OVERLAP,
          deleted_at: null,
        });
        await seal(parts, draft, row, body.credential);
        const grant = await draft.insert('grants', newGrant(row.secret_id, actor.memberId, now));
        draft.audit(changeEvent(change, 'secret.created', { ...about(row), grantId: grant.grant_id }));
        draft.audit(changeEvent(change, 'grant.created', { ...about(row), grantId: grant.grant_id }));
        return { secret: row, grantId: grant.grant_id };
      });
      return { ...(await viewOne(app.app_id, secret)), grant_id: grantId };
    } catch (error) {
      throw nameTaken(error, 'secret');
    }
  });

  routes.route('changeSecret', async ({ actor, params, body, requestId, ip }) => {
    const app = await getApp(parts, actor, params.app);
    try {
      const secret = await parts.boundaries.change(app.app_id, async (draft) => {
        const before = await getLiveSecret(draft, params.secret_id);
        const definition = redefineSecret(before, body, egressAllow);
        if (body.credential === undefined) refuseWidening(before, definition);
        // What may go elsewhere now, or is another credential now, has no version before that may stand in for it.
        const endsOverlap = body.credential !== undefined || isBoundAnew(parts, before, definition);
        const after = await draft.update('secrets', before, {
          ...definition,
          ...(endsOverlap ? NO_OVERLAP : {}),
          fingerprints:
            body.credential === undefined
              ? before.fingerprints
              : fingerprintsFor(parts, draft, definition, body.credential),
          name: body.name ?? before.name,
          version: body.credential === undefined ? before.version : before.version + 1,
          rotate_by: rotateBy(before, body, parts.clock.now()),
          updated_at: new Date(parts.clock.now()),
        });
        if (body.credential === undefined) await rewrap(parts, draft, before, after);
        else await seal(parts, draft, after, body.credential);
        const change = { actor, requestId, clock: parts.clock, ip };
        draft.audit(changeEvent(change, 'secret.updated', about(after)));
        if (endsOverlap) await endOverlap(draft, change, before);
        return after;
      });
      return await viewOne(app.app_id, secret);
    } catch (error) {
      throw nameTaken(error, 'secret');
    }
  });

  routes.route('replaceCredential', async ({ actor, params, body, requestId, ip }) => {
    const app = await getApp(parts, actor, params.app);
    const now = parts.clock.now();
    const change = { actor, requestId, clock: parts.clock, ip };
    const secret = await parts.boundaries.change(app.app_id, async (draft) => {
      const before = await getLiveSecret(draft, params.secret_id);
      const definition = redefineSecret(before, { credential: body.credential }, egressAllow);
      const after = await draft.update('secrets', before, {
        ...definition,
        ...overlapFor(parts.keyring().deploymentId, before, definition, {
          seconds: body.overlap_seconds,
          now,
        }),
        fingerprints: fingerprintsFor(parts, draft, definition, body.credential),
        version: before.version + 1,
        rotate_by: rotateBy(before, body, now),
        updated_at: new Date(now),
      });
      await seal(parts, draft, after, body.credential);
      const { context, ...what } = about(after);
      draft.audit(
        changeEvent(change, 'secret.rotated', {
          ...what,
          context: { ...context, overlap_until: overlapOf(after, now) },
        }),
      );
      await endOverlap(draft, change, before);
      return after;
    });
    return {
      secret_id: secret.secret_id,
      version: secret.version,
      ...(secret.overlap_until === null ? {} : { overlap_until: secret.overlap_until.toISOString() }),
    };
  });

  routes.route('endOverlap', async ({ actor, params, requestId, ip }) => {
    const app = await getApp(parts, actor, params.app);
    await parts.boundaries.change(app.app_id, async (draft) => {
      const secret = await getLiveSecret(draft, params.secret_id);
      await endOverlapNow(draft, { actor, requestId, clock: parts.clock, ip }, secret);
    });
    return undefined;
  });

  routes.route('verifySecret', async ({ actor, params, requestId, ip }) => {
    const app = await getApp(parts, actor, params.app);
    return parts.testCall(app.app_id, params.secret_id, { memberId: actor.memberId, ip, requestId });
  });

  routes.route('deleteSecret', async ({ actor, params, requestId, ip }) => {
    const app = await getApp(parts, actor, params.app);
    const by = await policyChange(parts, app.app_id, { actor, requestId, clock: parts.clock, ip });
    await parts.boundaries.change(app.app_id, async (draft) => {
      const secret = await getLiveSecret(draft, params.secret_id);
      const now = new Date(parts.clock.now());
      const { secret_id: secretId } = secret;
      const grants = await revokeTree(draft, now, 'secret deleted', (grant) => grant.secret_id === secretId);
      await endPoliciesOf(draft, by, { secretId, grants }, { with_its_secret: secretId });
      await draft.update('secrets', secret, { ...NO_OVERLAP, deleted_at: now, fingerprints: [] });
      await deleteVersions(draft.tx, draft.appId, secret.secret_id, null);
      draft.audit(changeEvent(by.change, 'secret.deleted', about(secret)));
    });
    return undefined;
  });
}

/** Those past their date are due within any number of days. */
function dueBefore(days: number | undefined, now: number): (secret: SecretRow) => boolean {
  if (days === undefined) return () => true;
  const until = now + days * DAY_MS;
  return ({ rotate_by: at }) => at !== null && at.getTime() <= until;
}

/**
 * Seals the credential as the secret's current version. The version before stays until the maintenance shreds it a
 * minute later: calls that were authorised under it are on their way.
 */
async function seal(
  parts: ApiParts,
  draft: Draft,
  secret: SecretRow,
  credential: Readonly<Record<string, string>>,
): Promise<void> {
  const fields = new Map(Object.entries(credential).map(([name, value]) => [name, Secret.fromText(value)]));
  try {
    const sealed = sealCredential(parts.keyring(), bindingOf(parts.keyring().deploymentId, secret), fields);
    await insertVersion(draft.tx, {
      ...sealed,
      appId: draft.appId,
      secretId: secret.secret_id,
      version: secret.version,
    });
  } finally {
    for (const field of fields.values()) field.destroy();
  }
}

/** What audit events recognise the values by; public fields may be written down. */
function fingerprintsFor(
  parts: ApiParts,
  draft: Draft,
  definition: Definition,
  credential: Readonly<Record<string, string>>,
): string[] {
  return Object.entries(credential)
    .filter(([name]) => !definition.public_fields.includes(name))
    .flatMap(([, value]) => fingerprintsOf(parts.macKey(), draft.appId, Secret.fromText(value)));
}

/** A rotation meets a date that was due, or soon would have been; the next one is the operator's to give. */
function rotateBy(
  before: SecretRow,
  asked: { readonly credential?: unknown; readonly rotate_by?: string | null | undefined },
  now: number,
): Date | null {
  if (asked.rotate_by !== undefined) return asked.rotate_by === null ? null : new Date(asked.rotate_by);
  const isMet = asked.credential !== undefined && dueBefore(REMINDED_DAYS, now)(before);
  return isMet ? null : before.rotate_by;
}

function isBoundAnew(parts: ApiParts, before: SecretRow, after: Definition): boolean {
  const { deploymentId } = parts.keyring();
  const [from, to] = [bindingOf(deploymentId, before), bindingOf(deploymentId, { ...before, ...after })];
  return !from.destinations.equals(to.destinations);
}

/** Binds the ciphertext to narrower destinations without opening it. */
async function rewrap(parts: ApiParts, draft: Draft, before: SecretRow, after: SecretRow): Promise<void> {
  const { deploymentId } = parts.keyring();
  const [from, to] = [bindingOf(deploymentId, before), bindingOf(deploymentId, after)];
  if (from.destinations.equals(to.destinations)) return;
  const sealed = await findVersion(draft.tx, draft.appId, before.secret_id, before.version);
  if (sealed === undefined) throw new IntegrityError(`no ciphertext of secret ${before.secret_id}`);
  const rewrapped = rewrapCredential(parts.keyring(), from, to, sealed);
  await updateWrap(draft.tx, {
    ...rewrapped,
    appId: draft.appId,
    secretId: after.secret_id,
    version: after.version,
  });
}

/** Places are never narrower than others: only the limits of AWS signing are. */
function isInjectionWithin(after: Definition['injection'], before: Definition['injection']): boolean {
  const isSame = canonicalJson(after.map(withoutLimits)) === canonicalJson(before.map(withoutLimits));
  const [now, then] = [awsRuleOf(after), awsRuleOf(before)];
  return isSame && (now === undefined || then === undefined || areLimitsWithin(now, then));
}

const awsRuleOf = (rules: Definition['injection']) => rules.find((rule) => rule.in === 'aws_sigv4');

/** Nobody who may edit can read: whatever lets the credential go further needs the credential (WIRE §4). */
function refuseWidening(before: SecretRow, after: Definition): void {
  const issues = [
    ...(isWidening(before.allowed_hosts, after.allowed_hosts) ? ['allowed_hosts'] : []),
    ...(after.allow_any_host && !before.allow_any_host ? ['allow_any_host'] : []),
    ...(isInjectionWithin(after.injection, before.injection) ? [] : ['injection']),
    ...(before.delivery === 'proxy_only' && after.delivery === 'any' ? ['delivery'] : []),
  ].map((path) => ({ path, message: 'lets the credential go further than before' }));
  if (issues.length === 0) return;
  throw new Refusal('invalid_request', {
    message: 'This change lets the credential go further than before.',
    hint: 'Send the credential again in the same request, as "credential".',
    issues,
  });
}
