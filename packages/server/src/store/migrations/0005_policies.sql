-- Rules that restrict calls. Deciding rows: each under its MAC, and in the digest of its app.
CREATE TABLE policies (
  app_id          uuid        NOT NULL REFERENCES apps,
  policy_id       uuid        NOT NULL,
  name            text        NOT NULL,
  applies_to_type text        NOT NULL CHECK (applies_to_type IN ('app', 'secret', 'grant', 'agent')),
  applies_to_id   uuid,
  mode            text        NOT NULL CHECK (mode IN ('enforce', 'monitor')),
  rule            jsonb       NOT NULL,
  created_by      uuid,
  created_at      timestamptz NOT NULL,
  updated_at      timestamptz NOT NULL,
  deleted_at      timestamptz,
  epoch           bigint      NOT NULL,
  mac             bytea       NOT NULL,
  PRIMARY KEY (app_id, policy_id),
  CHECK ((applies_to_type = 'app') = (applies_to_id IS NULL))
);
CREATE UNIQUE INDEX policies_name ON policies (app_id, name) WHERE deleted_at IS NULL;
