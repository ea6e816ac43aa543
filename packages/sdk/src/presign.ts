/**
 * Presigned URLs: the vault signs one that works by itself. Nothing is sent to the upstream from here, and the URL is handed out
 * as the vault answered it, because one changed letter would break its signature.
 */
import { type CallDefaults, type CallOptions, prepareCall } from './call.ts';
import { Deadline } from './deadline.ts';
import { invalid } from './error-of.ts';
import { parsePresigned, removeCallersCredentials } from './release.ts';
import { askVault, parseBodySha256 } from './request-mode.ts';
import type { VaultClient } from './vault-client.ts';

export interface PresignOptions extends Pick<
  CallOptions,
  'grantId' | 'headers' | 'query' | 'reason' | 'context' | 'caller' | 'signal' | 'timeoutMs'
> {
  /** Whole seconds from now; the secret of the grant has a limit. 900 by default. */
  readonly expiresInSeconds?: number | undefined;
  /** Binds the URL to one body: its SHA-256 in hex, for S3 to be sent as `x-amz-content-sha256`. */
  readonly bodySha256?: string | undefined;
}

export interface PresignedUrl {
  readonly url: string;
  /** To be sent by whoever calls the URL, beside the `headers` that it was made with. */
  readonly headers: Readonly<Record<string, string>>;
  readonly expiresAt: Date;
  /** Finds the event in the audit log. */
  readonly requestId: string;
}

/** As long as AWS takes a signature in headers. */
const EXPIRES_SECONDS = 900;

export async function presignReleased(
  asked: {
    readonly method: string;
    readonly url: string | URL;
    readonly options: PresignOptions;
    readonly defaults: CallDefaults;
  },
  client: VaultClient,
): Promise<PresignedUrl> {
  const { expiresInSeconds = EXPIRES_SECONDS, bodySha256, ...options } = asked.options;
  if (!Number.isInteger(expiresInSeconds) || expiresInSeconds < 1)
    throw invalid('expiresInSeconds', 'a whole number of seconds above 0 is needed.');
  const prepared = await prepareCall(asked.method, asked.url, options, asked.defaults);
  // An object key may hold `/../`, which a URL object would have resolved.
  const call =
    typeof asked.url === 'string' && options.query === undefined ? { ...prepared, url: asked.url } : prepared;
  const deadline = new Deadline(call.timeoutMs, call.signal);
  try {
    removeCallersCredentials(call.headers, (value) => client.isInside(value));
    const more = {
      body_sha256: parseBodySha256(bodySha256),
      presign: { expires_in_seconds: expiresInSeconds },
    };
    return parsePresigned(await askVault(call, more, client, deadline), call.target);
  } finally {
    deadline.release();
  }
}
