-- What is written most, the events of calls and approvals, has a mode: one look passes it over, in place of twenty comparisons of texts.
-- The same condition as in store/people-kinds.ts.
DROP INDEX audit_events_people;
CREATE INDEX audit_events_people ON audit_events (app_id, group_id, position)
  WHERE mode IS NULL AND kind IN ('member.created', 'member.updated', 'member.removed', 'token.created', 'token.revoked',
    'member.invited', 'member.joined', 'password.changed', 'password.recovered', 'totp.enabled', 'totp.disabled',
    'recovery_codes.replaced', 'recovery_code.used', 'second_factor.reset', 'passkey.added', 'passkey.renamed',
    'passkey.removed', 'identity.linked', 'identity.unlinked', 'recovery.requested');
