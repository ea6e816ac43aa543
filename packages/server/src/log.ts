/** The server's log: JSON lines on standard error. Holds no secret (I8): what is logged is ids, codes and errors. */
import pino from 'pino';

export type Log = pino.Logger;

/** Keys that never reach the log, whatever object they stand in. */
const REDACTED = ['authorization', 'cookie', 'password', 'credential', 'token', 'api_key', 'set-cookie'];

export function makeLog(level: string): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        paths: REDACTED.flatMap((key) => [`["${key}"]`, `*["${key}"]`, `*.headers["${key}"]`]),
        censor: '[redacted]',
      },
    },
    pino.destination({ fd: 2, sync: true }),
  );
}
