-- Rotation of API keys: who replaced whom. `lineage_id` is the first key of a row of rotations: limits and held calls go by
-- it, so that a rotation neither doubles the one nor loses the other. Null while a key was never rotated.
ALTER TABLE api_keys
  ADD COLUMN rotated_from uuid,
  ADD COLUMN replaced_by  uuid,
  ADD COLUMN lineage_id   uuid;

-- Rotation of credentials with an overlap: until then the version before may still be used, and its values are still
-- recognised in what callers write into the log.
ALTER TABLE secrets
  ADD COLUMN overlap_until         timestamptz,
  ADD COLUMN previous_fingerprints text[];
CREATE INDEX secrets_overlap ON secrets (overlap_until) WHERE overlap_until IS NOT NULL;
CREATE INDEX secrets_rotate_by ON secrets (rotate_by) WHERE rotate_by IS NOT NULL AND deleted_at IS NULL;

-- How far the reminders of a secret have got: the row is the claim, so that each is sent once, whichever server sends it.
CREATE TABLE rotation_reminders (
  app_id    uuid        NOT NULL,
  secret_id uuid        NOT NULL,
  rotate_by timestamptz NOT NULL,  -- the date that was reminded of; another date begins anew
  stage     int         NOT NULL,  -- 0: 14 days before, 1: 3 days before, 2: due, 2 + n: n weeks over
  sent_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (app_id, secret_id),
  FOREIGN KEY (app_id, secret_id) REFERENCES secrets
);
