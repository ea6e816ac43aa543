/**
 * Why the store can't be started. Read by the operator at the terminal, never by a caller: no call is served then.
 */
export type StartErrorCode =
  | 'data_dir_locked'
  | 'data_dir_unusable'
  | 'binaries_missing'
  | 'no_system_user'
  | 'initdb_failed'
  | 'postgres_failed'
  | 'postgres_version'
  | 'not_durable'
  | 'migration_edited'
  | 'migration_failed'
  | 'schema_newer'
  | 'root_key_missing'
  | 'root_key_unusable'
  | 'root_key_mismatch'
  | 'keyring_damaged'
  | 'smtp_password_unusable'
  | 'oidc_secret_unusable';

export class StartError extends Error {
  readonly code: StartErrorCode;
  /** What to do about it. */
  readonly hint: string;

  constructor(
    code: StartErrorCode,
    message: string,
    options: { readonly hint: string; readonly cause?: unknown },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'StartError';
    this.code = code;
    this.hint = options.hint;
  }
}
