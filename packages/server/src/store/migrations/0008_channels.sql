-- Notification channels: where an app tells people and programs what waits for them or went wrong. They decide on no call, but
-- on who learns of one: `mac` covers what a channel is, so that an edit in SQL sends nothing elsewhere.
CREATE TABLE channels (
  app_id        uuid        NOT NULL REFERENCES apps,
  channel_id    uuid        NOT NULL,
  type          text        NOT NULL CHECK (type IN ('webhook', 'slack', 'smtp')),
  name          text        NOT NULL,
  events        text[],                 -- null: every event
  settings      jsonb       NOT NULL,   -- what may be shown: url, or to and from
  created_by    uuid,
  created_at    timestamptz NOT NULL,
  updated_at    timestamptz NOT NULL,
  epoch         bigint      NOT NULL,
  mac           bytea       NOT NULL,
  PRIMARY KEY (app_id, channel_id)
);
CREATE UNIQUE INDEX channels_name ON channels (app_id, name);

-- The signing secret of a webhook, the URL of a Slack webhook: sealed blobs (docs/envelope.md), opened only to deliver.
-- After a rotation the version before is used beside the new one until it expires.
CREATE TABLE channel_secrets (
  app_id     uuid        NOT NULL,
  channel_id uuid        NOT NULL,
  version    int         NOT NULL,
  key_id     uuid        NOT NULL REFERENCES keyring,
  sealed     bytea       NOT NULL,
  expires_at timestamptz,
  PRIMARY KEY (app_id, channel_id, version),
  FOREIGN KEY (app_id, channel_id) REFERENCES channels ON DELETE CASCADE
);
CREATE INDEX channel_secrets_under_key ON channel_secrets (key_id, app_id, channel_id, version);

-- The outbox: one row for each notice and channel, written in the transaction of what it tells of. `next_at` is when it is due,
-- and while a server is at it, when its lease ends. `attempts` counts leases, and fences the one that lost its lease.
CREATE TABLE deliveries (
  app_id       uuid        NOT NULL,
  delivery_id  uuid        NOT NULL,
  channel_id   uuid        NOT NULL,
  event        text        NOT NULL,
  notice       json        NOT NULL,   -- json: its fields keep their order
  status       text        NOT NULL CHECK (status IN ('pending', 'delivered', 'dead')),
  attempts     int         NOT NULL DEFAULT 0,
  created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  next_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  attempted_at timestamptz,
  finished_at  timestamptz,
  code         text,
  status_code  int,
  PRIMARY KEY (app_id, delivery_id),
  FOREIGN KEY (app_id, channel_id) REFERENCES channels ON DELETE CASCADE
);
CREATE INDEX deliveries_due ON deliveries (next_at) WHERE status = 'pending';
CREATE INDEX deliveries_of_channel ON deliveries (app_id, channel_id, delivery_id);
CREATE INDEX deliveries_finished ON deliveries (finished_at) WHERE status <> 'pending';
