/**
 * What the runtime role may do with each table, and that it may run the functions. The audit log is append-only for it, enforced by the database: whoever
 * takes over a running vault can add events but change none. Retention and erasing need the owner.
 */
import type { Client } from 'pg';

const DEFAULT_RIGHTS = 'SELECT, INSERT, UPDATE, DELETE';

/** A table that may be added to; `first_leaf` alone is filled in later, when the log numbers a group. */
const RESTRICTED: Readonly<Record<string, string>> = {
  schema_migrations: 'SELECT',
  audit_events: 'SELECT, INSERT',
  audit_groups: 'SELECT, INSERT, UPDATE (first_leaf)',
  audit_heads: 'SELECT, INSERT',
  audit_nodes: 'SELECT, INSERT',
};

const APPEND_ONLY = ['audit_events', 'audit_groups', 'audit_heads', 'audit_nodes'];

/**
 * Exactly these rights, no more; nothing on partitions, which are reached through their parent only.
 * `isChanged` says that tables may be new; else only what is missing makes work.
 */
export async function grantRights(owner: Client, runtime: Client, isChanged: boolean): Promise<void> {
  const role = await currentRole(runtime);
  if (role === (await currentRole(owner))) return;
  const { rows } = await owner.query<{ name: string; readable: boolean }>(
    `SELECT relname AS name, has_table_privilege($1, oid, 'SELECT') AS readable FROM pg_class
      WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition`,
    [role],
  );
  if (!isChanged && rows.every((row) => row.readable)) return;
  const grantee = owner.escapeIdentifier(role);
  const statements = rows.flatMap(({ name }) => {
    const table = owner.escapeIdentifier(name);
    const rights = RESTRICTED[name] ?? DEFAULT_RIGHTS;
    return [`REVOKE ALL ON ${table} FROM ${grantee}`, `GRANT ${rights} ON ${table} TO ${grantee}`];
  });
  const { rows: schemas } = await owner.query<{ name: string }>('SELECT current_schema() AS name');
  const schema = owner.escapeIdentifier(schemas[0]?.name ?? 'public');
  statements.push(`GRANT USAGE ON ALL SEQUENCES IN SCHEMA ${schema} TO ${grantee}`);
  // Everybody's by default, but not where an operator has taken that default away.
  const { rows: functions } = await owner.query<{ signature: string }>(
    `SELECT oid::regprocedure::text AS signature FROM pg_proc
      WHERE pronamespace = current_schema()::regnamespace AND proowner = current_user::regrole`,
  );
  for (const { signature } of functions)
    statements.push(`GRANT EXECUTE ON FUNCTION ${signature} TO ${grantee}`);
  await owner.query(statements.join(';\n'));
}

/** Also false for a superuser, an owner or a member of the owner, whatever the grants say; single columns count. */
export async function isAppendOnly(runtime: Client): Promise<boolean> {
  const { rows } = await runtime.query<{ loose: boolean }>(
    `SELECT pg_has_role(current_user, relowner, 'MEMBER')
            OR has_table_privilege(current_user, oid, 'UPDATE, DELETE, TRUNCATE')
            OR EXISTS (SELECT FROM pg_attribute
                        WHERE attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
                          AND relname || '.' || attname <> $2
                          AND has_column_privilege(current_user, pg_class.oid, attnum, 'UPDATE')) AS loose
       FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relname = ANY ($1)`,
    [APPEND_ONLY, 'audit_groups.first_leaf'],
  );
  return rows.length === APPEND_ONLY.length && rows.every((row) => !row.loose);
}

async function currentRole(client: Client): Promise<string> {
  const { rows } = await client.query<{ role: string }>('SELECT current_user AS role');
  return rows[0]?.role ?? '';
}
