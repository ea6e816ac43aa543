/**
 * Whether what the database acknowledges survives a crash (I4, F2). The vault refuses to serve on one that forgets:
 * an acknowledged audit event could be gone after the credential was used.
 */
import type { Queryable } from './database.ts';
import { StartError } from './start-error.ts';

interface SettingRow {
  readonly name: string;
  readonly setting: string;
}

const MUST_NOT_BE_OFF = ['fsync', 'full_page_writes', 'synchronous_commit'] as const;

/** Asked on a connection of the role that serves: `ALTER ROLE … SET` and `ALTER DATABASE … SET` count too. */
export async function checkDurability(db: Queryable): Promise<void> {
  const rows = await db.query<SettingRow>(
    'durability',
    'SELECT name, setting FROM pg_settings WHERE name = ANY ($1)',
    [MUST_NOT_BE_OFF],
  );
  const off = MUST_NOT_BE_OFF.filter(
    (name) => (rows.find((row) => row.name === name)?.setting ?? 'off') === 'off',
  );
  if (off.length === 0) return;
  throw new StartError('not_durable', `PostgreSQL may lose what it has acknowledged: ${off.join(', ')} off`, {
    hint: `Switch on ${off.join(', ')} for this server, database and role; the vault does not serve without.`,
  });
}
