-- What rate limits and quotas have counted (docs/limits.md). One row per counter, written in place: no column that changes is
-- indexed, and half of each page is free, so that an update stays on its page and leaves no dead index entries.
CREATE TABLE limit_counters (
  app_id     uuid        NOT NULL,
  counter    uuid        NOT NULL,  -- digest of policy, window and whose calls are counted
  times      bigint[]    NOT NULL DEFAULT '{}',  -- microseconds since 1970, ascending: when the calls of each count were made, rounded up, or their period began
  counts     integer[]   NOT NULL DEFAULT '{}',
  expires_at timestamptz NOT NULL,  -- from here on the row says nothing and may be deleted
  PRIMARY KEY (app_id, counter)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

DROP TABLE key_minutes;
