/**
 * The one way in which stored bytes are refused. Messages are for the server's log: they name what was refused, never a
 * value, and a caller must not learn which check failed.
 */

/** What is stored is not what was sealed. Nothing was handed out. */
export class IntegrityError extends Error {
  override readonly name: string = 'IntegrityError';
}

/** The keyring was wrapped by another root key than the one this server was given: nearly always a wrong setting. */
export class RootKeyMismatch extends IntegrityError {
  override readonly name = 'RootKeyMismatch';
  readonly rootId: string;

  constructor(rootId: string) {
    super(`the keyring is wrapped by the root key ${rootId}, which this server does not have`);
    this.rootId = rootId;
  }
}
