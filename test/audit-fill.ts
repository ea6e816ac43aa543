/**
 * Very many events by SQL, for what has to stay quick over them: shaped and spread as real ones, but their hashes prove nothing.
 * Never for a database whose log has to verify.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { sql } from './postgres.ts';

export interface FilledAudit {
  /** Of ten times as many events as the next one, and so on. */
  readonly secretIds: readonly string[];
  readonly agentIds: readonly string[];
  /** Used by three calls only. */
  readonly rareSecretId: string;
}

const GROUP_EVENTS = 100;
const CHUNK_GROUPS = 500;
const SECRETS = 50;
const AGENTS = 20;
/** Partitions exist for the last month, this one and the next. */
const DAYS = 25;

/** Half of the events are `call.authorized`, the others what became of these. Oldest first, up to now. */
export async function fillAudit(ownerUrl: string, appId: string, events: number): Promise<FilledAudit> {
  const ids = (count: number): string[] => Array.from({ length: count }, () => randomUUID());
  const filled = { secretIds: ids(SECRETS), agentIds: ids(AGENTS), rareSecretId: randomUUID() };
  const groups = Math.ceil(events / GROUP_EVENTS);
  const list = (all: readonly string[]): string => `ARRAY[${all.map((id) => `'${id}'`).join(',')}]::uuid[]`;
  // What was there before gets its numbers first.
  const isNumbered = async (): Promise<boolean> =>
    (await sql(ownerUrl, 'SELECT FROM audit_groups WHERE first_leaf IS NULL AND leaf_count > 0')).length ===
    0;
  while (!(await isNumbered())) await new Promise((resolve) => setTimeout(resolve, 100));
  const [head] = await sql(
    ownerUrl,
    'SELECT coalesce(max(first_leaf + leaf_count), 0)::float8 AS size FROM audit_groups',
  );
  const first = Number(head?.['size'] ?? 0);
  await sql(ownerUrl, FUNCTIONS);
  for (let from = 0; from < groups; from += CHUNK_GROUPS) {
    const until = Math.min(groups, from + CHUNK_GROUPS) - 1;
    await sql(
      ownerUrl,
      `WITH made AS MATERIALIZED (
         SELECT g, now() - interval '${DAYS} days' * (1 - g::float8 / ${groups}) AS at FROM generate_series(${from}, ${until}) AS g
       ), named AS MATERIALIZED (SELECT g, at, fill_id(at, 'g' || g) AS group_id FROM made), grouped AS (
         INSERT INTO audit_groups (group_id, writer, leaf_count, leaf_hashes, tags, mac, app_ids, has_release, first_leaf, created_at)
         SELECT group_id, '${randomUUID()}', ${GROUP_EVENTS + 1}, decode(repeat(md5(g::text), ${2 * (GROUP_EVENTS + 1)}), 'hex'),
           decode(repeat(left(md5(g::text), 16), ${GROUP_EVENTS}), 'hex'), '', ARRAY['${appId}'::uuid], false,
           ${first} + g * ${GROUP_EVENTS + 1}, at FROM named
       )
       INSERT INTO audit_events (app_id, month, request_id, kind, ordinal, group_id, position, at, canonical, salts, context, reason,
         url_query, key_id, key_prefix, agent_id, caller, ip, grant_id, secret_id, provider, mode, method, url, host, decision,
         code, status_code, latency_ms, bytes_in, bytes_out, epoch)
       SELECT '${appId}', date_trunc('month', at AT TIME ZONE 'UTC')::date, fill_id(at, 'r' || call), kind, ordinal, group_id, position, at,
         decode(repeat(md5(call::text), 42), 'hex'), decode(repeat(md5('s' || call), 3), 'hex'),
         jsonb_build_object('thread', 't-' || call % 5000, 'tool', 'tool-' || call % 7), 'order ' || call, 'page=' || call % 90,
         fill_id('2026-01-01', 'key' || call % 9), 'alter_key_app_', CASE WHEN secret % 3 > 0 THEN (${list(filled.agentIds)})[1 + secret % ${AGENTS}] END,
         'worker-' || call % 12, '10.0.0.' || call % 250, fill_id('2026-01-01', 'grant' || secret),
         CASE WHEN call % ${Math.max(1, Math.floor(events / 6))} = 7 THEN '${filled.rareSecretId}'
              ELSE (${list(filled.secretIds)})[1 + secret] END,
         'example', 'proxy', (ARRAY['GET', 'POST', 'GET', 'PUT'])[1 + call % 4], 'https://api-' || call % 15 || '.example.com/v1/orders/' || call,
         'api-' || call % 15 || '.example.com', CASE WHEN kind = 'call.denied' THEN 'deny' ELSE 'allow' END,
         CASE WHEN kind = 'call.denied' THEN 'policy_denied' END, CASE WHEN kind = 'call.completed' THEN (ARRAY[200, 200, 200, 404, 500])[1 + call % 5] END,
         CASE WHEN kind = 'call.completed' THEN (call * 31 % 900)::int END, 512, 2048, 7
       FROM named, generate_series(1, ${GROUP_EVENTS}) AS position,
         LATERAL (SELECT g::bigint * ${GROUP_EVENTS / 2} + (position - 1) / 2 AS call) AS c,
         LATERAL (SELECT floor(${SECRETS} * power((call * 7919 % 1000) / 1000.0, 3))::int AS secret) AS s,
         LATERAL (SELECT CASE WHEN call % 40 = 0 AND position % 2 = 1 THEN 'call.denied' WHEN position % 2 = 1 THEN 'call.authorized'
                              ELSE 'call.completed' END AS kind, CASE WHEN position % 2 = 1 THEN 0 ELSE 1 END AS ordinal) AS k`,
    );
  }
  const size = first + groups * (GROUP_EVENTS + 1);
  // One hash for each complete subtree of the size.
  const frontier = randomBytes(32 * [...size.toString(2)].filter((bit) => bit === '1').length);
  await sql(
    ownerUrl,
    `INSERT INTO audit_heads (fence, size, root, frontier)
     SELECT coalesce(max(fence), 0) + 1, ${size}, decode(repeat('00', 32), 'hex'), '\\x${frontier.toString('hex')}' FROM audit_heads`,
  );
  await sql(ownerUrl, 'ANALYZE audit_events, audit_groups');
  return filled;
}

/** A UUIDv7 of a moment, the same for the same text, with the low four bits free for the ordinal. */
const FUNCTIONS = `
CREATE OR REPLACE FUNCTION fill_id(at timestamptz, text text) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5(text), 1, 3) || '8' || substr(md5(text), 4, 14) || '0')::uuid
$$`;
