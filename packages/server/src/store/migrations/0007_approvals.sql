-- Calls that are held until people have decided (docs/approvals.md). `mac` is a keyed MAC over all other columns of its row;
-- what was decided, and that it was not decided or executed before, stands in the audit log as well.
CREATE TABLE approvals (
  app_id             uuid        NOT NULL REFERENCES apps,
  approval_id        uuid        NOT NULL,
  request_id         uuid        NOT NULL,  -- of the held call; its audit events are the history of the approval
  key_id             uuid        NOT NULL,
  grant_id           uuid        NOT NULL,
  secret_id          uuid        NOT NULL,
  secret_version     int         NOT NULL,
  binding            bytea       NOT NULL,  -- digest of where and how the credential may go
  request_digest     bytea       NOT NULL,
  terms              jsonb       NOT NULL,  -- who must approve: one entry for each policy
  excluded_member_id uuid,                  -- who owned the requesting key
  idempotency        bytea,                 -- keyed digest of key and Idempotency-Key
  method             text        NOT NULL,
  host               text        NOT NULL,
  created_at         timestamptz NOT NULL,
  expires_at         timestamptz NOT NULL,
  status             text        NOT NULL CHECK (status IN
    ('pending', 'approved', 'executing', 'executed', 'failed', 'denied', 'expired', 'cancelled')),
  decided_at         timestamptz,
  decision_reason    text,
  executor           uuid,                  -- audit writer of the process that executes it
  executed_at        timestamptz,
  error_code         text,
  error_policy_id    uuid,
  may_have_been_sent boolean,
  is_truncated       boolean,               -- of the result's body
  shred_at           timestamptz,           -- when request and result go
  mac                bytea       NOT NULL,
  PRIMARY KEY (app_id, approval_id)
);
CREATE UNIQUE INDEX approvals_idempotency ON approvals (app_id, idempotency) WHERE idempotency IS NOT NULL;
-- Which app an approval is in, for routes that name the approval alone.
CREATE INDEX approvals_by_id ON approvals (approval_id);
-- What is not at its end, for the executors and the expiry; the rest, for shredding.
CREATE INDEX approvals_open ON approvals (status, expires_at) WHERE status IN ('pending', 'approved', 'executing');
CREATE INDEX approvals_of_key ON approvals (app_id, key_id, approval_id);

CREATE TABLE approval_decisions (
  app_id      uuid        NOT NULL,
  approval_id uuid        NOT NULL,
  member_id   uuid        NOT NULL,
  decision    text        NOT NULL CHECK (decision IN ('approve', 'deny')),
  reason      text,
  via         text        NOT NULL CHECK (via IN ('token', 'session')),
  decided_at  timestamptz NOT NULL,
  mac         bytea       NOT NULL,
  PRIMARY KEY (app_id, approval_id, member_id),
  FOREIGN KEY (app_id, approval_id) REFERENCES approvals
);

-- The sealed request and result. Shredding deletes the row.
CREATE TABLE approval_blobs (
  app_id      uuid        NOT NULL,
  approval_id uuid        NOT NULL,
  kind        text        NOT NULL CHECK (kind IN ('request', 'result')),
  key_id      uuid        NOT NULL REFERENCES keyring,
  sealed      bytea       NOT NULL,
  shred_at    timestamptz,
  PRIMARY KEY (app_id, approval_id, kind),
  FOREIGN KEY (app_id, approval_id) REFERENCES approvals
);
CREATE INDEX approval_blobs_under_key ON approval_blobs (key_id, app_id, approval_id);
CREATE INDEX approval_blobs_shred ON approval_blobs (shred_at) WHERE shred_at IS NOT NULL;

-- When whoever is signed in last gave the password again, under a MAC with the session's ids.
ALTER TABLE sessions ADD COLUMN stepped_up_at timestamptz;
ALTER TABLE sessions ADD COLUMN step_up_mac bytea;
