-- Passkeys: public keys of authenticators. The counter and the last use move with each use, and are not under the MAC.
CREATE TABLE passkeys (
  org_id        uuid        NOT NULL,
  passkey_id    uuid        NOT NULL,
  member_id     uuid        NOT NULL,
  name          text        NOT NULL,
  credential_id bytea       NOT NULL,
  public_key    bytea       NOT NULL,
  transports    text[]      NOT NULL,
  is_synced     boolean     NOT NULL,
  created_at    timestamptz NOT NULL,
  mac           bytea       NOT NULL,
  sign_count    bigint      NOT NULL,
  last_used_at  timestamptz,
  PRIMARY KEY (org_id, passkey_id),
  FOREIGN KEY (org_id, member_id) REFERENCES members
);
CREATE UNIQUE INDEX passkeys_credential ON passkeys (credential_id);
CREATE INDEX passkeys_by_member ON passkeys (org_id, member_id);

-- What may be used once and carries its own proof: only that it was used has to be kept, until it expires.
CREATE TABLE used_challenges (
  challenge_hash bytea       PRIMARY KEY,
  expires_at     timestamptz NOT NULL
);
