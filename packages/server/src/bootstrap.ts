/**
 * An empty database gets its first owner: from ALTER_BOOTSTRAP_TOKEN, or by a one-time link that is printed. Both are for
 * the first start only.
 */
import { hashCredentialText, mintOpaque, tokenPrefix } from './access/keys.ts';
import { makeFirstOwner } from './api/people/set-up.ts';
import type { ApiParts } from './api/parts.ts';
import type { Config } from './config.ts';
import { newId, newRequestId } from './ids.ts';
import { findOrganization, insertSetupToken } from './store/people.ts';
import { lockKeyring } from './store/keyring.ts';

const SETUP_MS = 3600 * 1000;

/** What to tell whoever starts the vault: nothing, once it has an owner. */
export interface FirstStart {
  readonly setupToken: string | undefined;
  readonly isBootstrapped: boolean;
}

export async function bootstrap(
  parts: ApiParts,
  config: Pick<Config, 'bootstrapToken' | 'bootstrapTokenHours'>,
): Promise<FirstStart> {
  return parts.db.transaction(async (tx) => {
    await lockKeyring(tx);
    if ((await findOrganization(tx)) !== undefined) return { setupToken: undefined, isBootstrapped: false };
    const given = config.bootstrapToken?.revealText();
    if (given !== undefined) {
      const token = { text: given, prefix: tokenPrefix(given) };
      const owner = {
        memberId: newId(),
        email: null,
        passwordHash: null,
        token,
        tokenHours: config.bootstrapTokenHours,
      };
      await makeFirstOwner(parts, tx, owner, { requestId: newRequestId(), ip: '' });
      return { setupToken: undefined, isBootstrapped: true };
    }
    const setupToken = mintOpaque('alter_setup_');
    await insertSetupToken(
      tx,
      hashCredentialText(parts.pepper(), setupToken),
      new Date(parts.clock.now() + SETUP_MS),
    );
    return { setupToken, isBootstrapped: false };
  });
}
