-- Accounts of an identity provider that members come in with: bound by issuer and subject, never by e-mail address.
CREATE TABLE member_identities (
  org_id      uuid        NOT NULL,
  identity_id uuid        NOT NULL,
  member_id   uuid        NOT NULL,
  issuer      text        NOT NULL,
  subject     text        NOT NULL,
  created_at  timestamptz NOT NULL,
  mac         bytea       NOT NULL,
  PRIMARY KEY (org_id, identity_id),
  FOREIGN KEY (org_id, member_id) REFERENCES members
);
CREATE UNIQUE INDEX member_identities_subject ON member_identities (issuer, subject);
CREATE INDEX member_identities_by_member ON member_identities (org_id, member_id);

-- Every kind whose epoch is that of the organization; the same list as in store/people-kinds.ts.
DROP INDEX audit_events_people;
CREATE INDEX audit_events_people ON audit_events (app_id, group_id, position)
  WHERE kind IN ('member.created', 'member.updated', 'member.removed', 'token.created', 'token.revoked',
    'member.invited', 'member.joined', 'password.changed', 'password.recovered', 'totp.enabled', 'totp.disabled',
    'recovery_codes.replaced', 'recovery_code.used', 'second_factor.reset', 'passkey.added', 'passkey.renamed',
    'passkey.removed', 'identity.linked', 'identity.unlinked', 'recovery.requested');
