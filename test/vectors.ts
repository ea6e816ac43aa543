/** Where the outside test vectors lie: beside the repository, never in it. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const vectorsDir = fileURLToPath(new URL('../../shared/vectors/', import.meta.url));

/** For `test(name, { skip: skipWithoutVectors }, …)`: false, or why the test can't run. */
export const skipWithoutVectors: string | false = existsSync(vectorsDir)
  ? false
  : `no outside vectors at ${vectorsDir}`;
