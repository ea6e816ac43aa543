-- The audit log (docs/audit.md). Events are inserted and read, never updated: `canonical` is what is hashed, the other columns
-- are there to be searched. Details that may have to be erased lie in context, reason and url_query; the hashed bytes hold
-- salted digests of them. No foreign keys and two indexes only: this is the hot path.

CREATE TABLE audit_events (
  app_id      uuid        NOT NULL,
  month       date        NOT NULL,  -- of the request's UUIDv7 time, UTC; the partition
  request_id  uuid        NOT NULL,
  kind        text        NOT NULL,
  ordinal     smallint    NOT NULL,  -- which event of its request; the low four bits of the event id
  group_id    uuid        NOT NULL,
  position    smallint    NOT NULL,  -- leaf_index = audit_groups.first_leaf + position; 0 is the group's manifest
  at          timestamptz NOT NULL,
  canonical   bytea       NOT NULL,
  salts       bytea       NOT NULL,  -- 16 bytes each for context, reason, query; zeroed when erased
  context     jsonb,
  reason      text,
  url_query   text,
  key_id      uuid,
  key_prefix  text,
  agent_id    uuid,
  member_id   uuid,
  caller      text,
  ip          text,
  grant_id    uuid,
  secret_id   uuid,
  provider    text,
  mode        text,
  method      text,
  url         text,                  -- without its query
  host        text,
  decision    text,
  code        text,
  policy_id   uuid,
  status_code integer,
  latency_ms  integer,
  bytes_in    bigint,
  bytes_out   bigint,
  flags       text[],                -- null when there are none
  approval_id uuid,
  epoch       bigint,
  PRIMARY KEY (app_id, month, request_id, kind)
) PARTITION BY RANGE (month);

-- Newest first within an app, in the order of the log; and the way from a group to its events.
CREATE INDEX audit_events_group ON audit_events (app_id, group_id, position);

-- One row per group commit, never dropped: the leaves of the log. Numbered (first_leaf) by the integrator.
CREATE TABLE audit_groups (
  group_id    uuid        PRIMARY KEY,
  writer      uuid        NOT NULL,
  leaf_count  smallint    NOT NULL,  -- the manifest and the events; 0 marks a group that was given up
  leaf_hashes bytea       NOT NULL,  -- 32 bytes each, the manifest's first
  tags        bytea       NOT NULL,  -- 8 bytes per event: the first of SHA-256(app_id || group_id)
  mac         bytea       NOT NULL,  -- made by the writer, checked by the integrator: rows put in by SQL are not numbered
  app_ids     uuid[]      NOT NULL,
  has_release boolean     NOT NULL,  -- whether a call.authorized in request mode is among the events
  first_leaf  bigint,
  created_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX audit_groups_pending ON audit_groups (group_id) WHERE first_leaf IS NULL AND leaf_count > 0;
CREATE UNIQUE INDEX audit_groups_first_leaf ON audit_groups (first_leaf) WHERE first_leaf IS NOT NULL;

-- The heads of the log, one per integration. The key on fence is the fencing number: of two integrators that both continue
-- from the same head, one fails. A size exists once, so there are never two heads of one size.
CREATE TABLE audit_heads (
  fence     bigint      PRIMARY KEY,
  size      bigint      NOT NULL UNIQUE,
  root      bytea       NOT NULL,
  frontier  bytea       NOT NULL,   -- roots of the complete subtrees, largest first, 32 bytes each
  made_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Roots of complete subtrees of 256, 65536, 16777216 … leaves, so that a proof reads few rows at any size.
CREATE TABLE audit_nodes (
  level smallint NOT NULL,          -- 8, 16, 24 …
  index bigint   NOT NULL,
  hash  bytea    NOT NULL,
  PRIMARY KEY (level, index)
);

-- Living and dead writers; who died with calls open has them closed by another (docs/audit.md, Recovery).
CREATE TABLE audit_writers (
  writer       uuid        PRIMARY KEY,
  started_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  heartbeat_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  low_water    timestamptz NOT NULL  -- no call authorised before this is still without its outcome
);

-- Up to where releases in request mode have been looked through for outcomes that never came.
CREATE TABLE audit_sweep (
  only_row    boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
  swept_until timestamptz NOT NULL
);
INSERT INTO audit_sweep (swept_until) VALUES (clock_timestamp());
