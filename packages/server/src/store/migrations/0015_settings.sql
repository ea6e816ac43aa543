-- What an organization sets for itself, each row under a MAC. Without one, what the environment says holds.
CREATE TABLE organization_settings (
  org_id                 uuid        PRIMARY KEY REFERENCES organizations,
  audit_retention_months int,                 -- null: kept for ever
  changed_at             timestamptz NOT NULL,
  mac                    bytea       NOT NULL
);

-- An app that was deleted keeps its row and its log; its name is free again.
ALTER TABLE apps ADD COLUMN deleted_at timestamptz;
ALTER TABLE apps DROP CONSTRAINT apps_org_id_name_key;
CREATE UNIQUE INDEX apps_live_name ON apps (org_id, name) WHERE deleted_at IS NULL;
