/**
 * Whom PostgreSQL runs as when the vault runs as root: PostgreSQL refuses to be root, and initdb wants a user with a name.
 */
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import type { StoreLog } from '../log.ts';
import { StartError } from '../start-error.ts';
import { run } from './run.ts';

export interface SystemUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

const OWN_USER = 'alter-vault';

export function isRoot(): boolean {
  return userInfo().uid === 0;
}

export async function findUser(matches: (user: SystemUser) => boolean): Promise<SystemUser | undefined> {
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '');
  return passwd
    .split('\n')
    .map((line) => line.split(':'))
    .map((fields) => ({
      name: fields[0] ?? '',
      uid: Number(fields[2] ?? NaN),
      gid: Number(fields[3] ?? NaN),
    }))
    .find((user) => user.uid > 0 && user.gid >= 0 && matches(user));
}

/** `alter-vault`, else `postgres`, else a new `alter-vault`, else `nobody`. */
export async function chooseUser(log: StoreLog): Promise<SystemUser> {
  const named = async (name: string): Promise<SystemUser | undefined> =>
    findUser((user) => user.name === name);
  const existing = (await named(OWN_USER)) ?? (await named('postgres'));
  if (existing !== undefined) return existing;
  if (await createUser())
    log.info({ user: OWN_USER }, 'made a system user for PostgreSQL, which must not run as root');
  const chosen = (await named(OWN_USER)) ?? (await named('nobody'));
  if (chosen !== undefined) return chosen;
  throw new StartError('no_system_user', 'no unprivileged user to run PostgreSQL as', {
    hint: `Create a system user ${OWN_USER}, start the vault as an ordinary user, or set ALTER_DATABASE_URL.`,
  });
}

/** shadow-utils, then Debian's adduser, then busybox's. */
async function createUser(): Promise<boolean> {
  const attempts: readonly (readonly [string, ...string[]])[] = [
    ['useradd', '--system', '--user-group', '--no-create-home', '--home-dir', '/nonexistent', OWN_USER],
    ['adduser', '--system', '--group', '--no-create-home', '--home', '/nonexistent', OWN_USER],
    ['adduser', '-S', '-D', '-H', '-s', '/sbin/nologin', OWN_USER],
  ];
  for (const [program, ...args] of attempts) {
    if ((await run(program, args, undefined)).isOk) return true;
  }
  return false;
}
