/** What the organization sets for itself, and what the vault runs on. */
import { storeRetention, findRetention, GRACE_MS } from '../access/retention.ts';
import type { Actor } from '../access/people.ts';
import { Refusal } from '../refusal.ts';
import { IntegrityError } from '../vault/integrity.ts';
import { appendForPeople, changeEvent } from './events.ts';
import type { ApiParts } from './parts.ts';
import type { Routes } from './routes.ts';

export function registerSettings(routes: Routes, parts: ApiParts): void {
  const { retentionMonthsMin: monthsMin } = parts;

  routes.route('getSettings', ({ actor }) => settingsOf(parts, actor));

  routes.route('changeSettings', async ({ actor, body, requestId, ip }) => {
    const { audit_retention_months: months } = body;
    if (months !== null && monthsMin !== undefined && months < monthsMin)
      throw new Refusal('invalid_request', {
        issues: [
          {
            path: 'audit_retention_months',
            message: `must be ${monthsMin} at least: the operator of the vault keeps the log so long (ALTER_AUDIT_RETENTION_MONTHS)`,
          },
        ],
      });
    await parts.db.transaction(async (tx) => {
      // Setting it anew also mends a row that is not what was sealed.
      const before = await findRetention(tx, parts.macKey(), actor.orgId, monthsMin).catch(() => undefined);
      await storeRetention(tx, parts.macKey(), {
        org_id: actor.orgId,
        audit_retention_months: months,
        changed_at: new Date(parts.clock.now()),
      });
      const context = { audit_retention_months: months, before: before?.months ?? null };
      const change = { actor, requestId, clock: parts.clock, ip };
      await appendForPeople(parts, tx, actor.orgId, changeEvent(change, 'settings.updated', { context }));
    });
    return settingsOf(parts, actor);
  });

  routes.route('testMail', async ({ actor, requestId, ip }) => {
    const to = actor.email;
    if (to === null)
      throw new Refusal('conflict', { message: 'You have no e-mail address that a mail could go to.' });
    const outcome = await parts.sendTestMail(to);
    const code = outcome.ok ? null : outcome.code;
    const event = changeEvent({ actor, requestId, clock: parts.clock, ip }, 'mail.tested', { code });
    await parts.db.transaction((tx) =>
      appendForPeople(parts, tx, actor.orgId, { ...event, statusCode: outcome.statusCode }),
    );
    return { ok: outcome.ok, to, status_code: outcome.statusCode, code };
  });
}

async function settingsOf(parts: ApiParts, { orgId }: Actor) {
  const { retentionMonthsMin: monthsMin } = parts;
  const { months, changedAt } = await findRetention(parts.db, parts.macKey(), orgId, monthsMin).catch(
    (error: unknown) => {
      if (!(error instanceof IntegrityError)) throw error;
      parts.log.error({ alarm: 'integrity', err: error }, 'a stored row is not what was sealed');
      throw new Refusal('integrity_error', { cause: error });
    },
  );
  const { versions, warnings } = await parts.health.readiness();
  const inForceAt = changedAt === undefined ? undefined : new Date(changedAt.getTime() + GRACE_MS);
  const isInForce = inForceAt === undefined || inForceAt.getTime() <= parts.clock.now();
  return {
    audit_retention: {
      months: months ?? null,
      months_min: monthsMin ?? null,
      is_default: changedAt === undefined,
      changed_at: changedAt?.toISOString() ?? null,
      in_force_at: isInForce ? null : inForceAt.toISOString(),
    },
    vault: {
      version: versions['alter_vault'] ?? '',
      node: versions['node'] ?? '',
      postgresql: versions['postgresql'] ?? '',
      public_url: parts.publicUrl(),
      ...parts.facts,
      single_sign_on: singleSignOn(parts),
      egress_allow: [...parts.facts.egress_allow],
    },
    warnings: [...warnings],
  };
}

function singleSignOn({ sso, ssoProvisioning: { domains, role } }: ApiParts) {
  if (sso === undefined) return null;
  const { name, issuer, clientId, redirectUri } = sso;
  return { name, issuer, client_id: clientId, redirect_uri: redirectUri, domains: [...domains], role };
}
