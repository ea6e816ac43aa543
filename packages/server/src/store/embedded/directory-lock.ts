/**
 * At most one vault per data directory: two would lose each other's work (HAZARDS, lesson 20).
 * A lock file made whole by link(2), with pid and start time, so that a crash leaves a lock that is seen to be stale.
 * Where pids say nothing (another container or host on a shared volume) the holder's heartbeat does.
 */
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartError } from '../start-error.ts';
import { isSameProcess, ownIdentity, ownPidNamespace, type ProcessIdentity } from './processes.ts';

export interface DirectoryLock {
  release(): Promise<void>;
}

const LOCK_FILE = 'vault.lock';
const HEARTBEAT_MS = 2_000;
/** Missing several heartbeats in a row is death, not a pause. */
const SILENCE_MS = 10_000;
/** Long enough for another starter, who saw the same stale lock, to show itself. */
const TAKEOVER_PAUSE_MS = 50;
const TAKEOVERS_MAX = 5;

export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  const path = join(directory, LOCK_FILE);
  const own = JSON.stringify(await ownIdentity());
  for (let takeovers = 0; takeovers < TAKEOVERS_MAX;) {
    if (await createLock(path, own)) {
      // After a takeover two starters may each have removed the other's lock: the one whose lock still stands has won.
      if (takeovers > 0) await sleep(TAKEOVER_PAUSE_MS);
      if ((await readLock(path)) === own) return holding(path, own);
      continue;
    }
    const held = await readLock(path);
    if (held === undefined) continue;
    if (await isHeld(path, held)) throw lockedError(directory, held);
    await removeStale(path, held);
    takeovers++;
  }
  throw lockedError(directory, await readLock(path));
}

async function createLock(path: string, own: string): Promise<boolean> {
  const draft = `${path}.${crypto.randomUUID()}`;
  await writeFile(draft, own, { mode: 0o600, flag: 'wx' });
  try {
    await link(draft, path);
    return true;
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST') return false;
    throw thrown;
  } finally {
    await rm(draft, { force: true });
  }
}

function readLock(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

async function isHeld(path: string, held: string): Promise<boolean> {
  const holder = parseIdentity(held);
  if (holder === undefined) return false;
  if (holder.pidNamespace === (await ownPidNamespace())) return isSameProcess(holder);
  return beats(path);
}

/** Waits until a heartbeat shows, or until there has been none for too long. Clocks of two hosts are not compared. */
async function beats(path: string): Promise<boolean> {
  const first = await modifiedMs(path);
  for (let waitedMs = 0; waitedMs < SILENCE_MS; waitedMs += HEARTBEAT_MS / 4) {
    await sleep(HEARTBEAT_MS / 4);
    if ((await modifiedMs(path)) !== first) return true;
  }
  return false;
}

async function modifiedMs(path: string): Promise<number> {
  return stat(path).then(
    (found) => found.mtimeMs,
    () => 0,
  );
}

/** Moves the stale lock away; puts it back when it turns out to be somebody's fresh one. */
async function removeStale(path: string, stale: string): Promise<void> {
  const aside = `${path}.${crypto.randomUUID()}`;
  const isMoved = await rename(path, aside).then(
    () => true,
    () => false,
  );
  if (!isMoved) return;
  if ((await readLock(aside)) !== stale) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

function holding(path: string, own: string): DirectoryLock {
  const beat = (): void => {
    const now = new Date();
    void utimes(path, now, now).catch(() => undefined);
  };
  const timer = setInterval(beat, HEARTBEAT_MS).unref();
  return {
    release: async () => {
      clearInterval(timer);
      if ((await readLock(path)) === own) await rm(path, { force: true });
    },
  };
}

function parseIdentity(text: string): ProcessIdentity | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    if (!('pid' in value && 'startTime' in value && 'pidNamespace' in value)) return undefined;
    const { pid, startTime, pidNamespace } = value;
    if (typeof pid !== 'number' || typeof startTime !== 'string' || typeof pidNamespace !== 'string')
      return undefined;
    return { pid, startTime, pidNamespace };
  } catch {
    return undefined;
  }
}

function lockedError(directory: string, held: string | undefined): StartError {
  const pid = held === undefined ? undefined : parseIdentity(held)?.pid;
  const who = pid === undefined ? 'another process' : `process ${pid}`;
  return new StartError('data_dir_locked', `${who} is using the data directory ${directory}`, {
    hint: `Stop ${who} first, or give this vault its own ALTER_DATA_DIR.`,
  });
}
