-- Coming in: display names, how a session began, and second factors. A member who has a second factor names it, so that
-- its row can not go without being missed.
ALTER TABLE members
  ADD COLUMN display_name      text,
  ADD COLUMN second_factor_id  uuid,
  ADD COLUMN last_signed_in_at timestamptz;

ALTER TABLE sessions
  ADD COLUMN signed_in_by text,
  ADD COLUMN totp_pending bytea;

-- The secret of an authenticator app, sealed, and the hashes of recovery codes that were not used yet.
CREATE TABLE second_factors (
  org_id          uuid        NOT NULL,
  member_id       uuid        NOT NULL,
  factor_id       uuid        NOT NULL,
  recovery_hashes text[]      NOT NULL,
  created_at      timestamptz NOT NULL,
  mac             bytea       NOT NULL,
  key_id          uuid        NOT NULL REFERENCES keyring,
  sealed          bytea       NOT NULL,
  last_step       bigint      NOT NULL,
  PRIMARY KEY (org_id, member_id),
  FOREIGN KEY (org_id, member_id) REFERENCES members
);
CREATE INDEX second_factors_by_key ON second_factors (key_id);

-- Every kind whose epoch is that of the organization; the same list as in store/people-kinds.ts.
DROP INDEX audit_events_people;
CREATE INDEX audit_events_people ON audit_events (app_id, group_id, position)
  WHERE kind IN ('member.created', 'member.updated', 'member.removed', 'token.created', 'token.revoked',
    'member.invited', 'member.joined', 'password.changed', 'password.recovered', 'totp.enabled', 'totp.disabled',
    'recovery_codes.replaced', 'recovery_code.used', 'second_factor.reset', 'passkey.added', 'passkey.renamed',
    'passkey.removed', 'identity.linked');
