-- What the log says of calls, counted (docs/portal-api.md): made from audit_events in the order of the log, five minutes a row, so
-- that figures over months are read in milliseconds. Nothing decides by them.

-- Up to where the log is counted. The row is the lock of whoever counts.
CREATE TABLE usage_progress (
  only_row      boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
  counted_to    bigint      NOT NULL,  -- leaves of the log
  counted_until timestamptz            -- when the newest group among them was made
);
INSERT INTO usage_progress (counted_to) VALUES (0);

-- The nil UUID stands for none: a call that was refused before its grant was found, a key of no agent.
CREATE TABLE usage_counts (
  app_id    uuid        NOT NULL,
  start     timestamptz NOT NULL,
  secret_id uuid        NOT NULL,
  grant_id  uuid        NOT NULL,
  agent_id  uuid        NOT NULL,
  calls     bigint      NOT NULL,
  held      bigint      NOT NULL,
  denials   bigint      NOT NULL,
  errors    bigint      NOT NULL,
  completed bigint      NOT NULL,
  bytes_in  bigint      NOT NULL,
  bytes_out bigint      NOT NULL,
  PRIMARY KEY (app_id, start, secret_id, grant_id, agent_id)
);

CREATE TABLE usage_denials (
  app_id uuid        NOT NULL,
  start  timestamptz NOT NULL,
  code   text        NOT NULL,
  count  bigint      NOT NULL,
  PRIMARY KEY (app_id, start, code)
);

-- How many completed calls took how long; class n holds from 1.1^n - 1 to 1.1^(n + 1) - 1 ms.
CREATE TABLE usage_latencies (
  app_id uuid        NOT NULL,
  start  timestamptz NOT NULL,
  class  smallint    NOT NULL,
  count  bigint      NOT NULL,
  PRIMARY KEY (app_id, start, class)
);
