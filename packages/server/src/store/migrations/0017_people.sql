-- One-time links of members: to take up an invitation, or to set a password anew. A link that was used, replaced or taken back
-- has no row.
CREATE TABLE member_links (
  org_id      uuid        NOT NULL,
  link_id     uuid        NOT NULL,
  member_id   uuid        NOT NULL,
  purpose     text        NOT NULL CHECK (purpose IN ('invitation', 'recovery')),
  token_hash  bytea       NOT NULL,
  created_at  timestamptz NOT NULL,
  counts_from timestamptz NOT NULL,
  expires_at  timestamptz NOT NULL,
  mac         bytea       NOT NULL,
  PRIMARY KEY (org_id, link_id),
  FOREIGN KEY (org_id, member_id) REFERENCES members
);
CREATE UNIQUE INDEX member_links_token ON member_links (token_hash);
CREATE INDEX member_links_by_member ON member_links (org_id, member_id);
