/**
 * What the store needs of a logger: pino fits. Fields never hold rows, parameters or connection strings (I8).
 */
type Write = (fields: Readonly<Record<string, unknown>>, message: string) => void;

export interface StoreLog {
  readonly debug: Write;
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
}
