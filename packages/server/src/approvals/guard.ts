/** Turns a row or ciphertext that is not what was sealed into an alarm and a refusal, in one place. */
import type { Log } from '../log.ts';
import { Refusal } from '../refusal.ts';
import { IntegrityError } from '../vault/integrity.ts';

/** @throws Refusal `integrity_error` */
export async function guarded<T>(log: Log, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof IntegrityError)) throw error;
    log.error({ alarm: 'integrity', err: error }, 'an approval is not what was sealed');
    throw new Refusal('integrity_error', { cause: error });
  }
}
