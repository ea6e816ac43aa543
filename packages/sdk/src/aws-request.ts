/** What both ways of the AWS bridge share: what is asked of it, and the URL of a request as the client sends it. */
import type { AwsHttpRequest } from './aws-types.ts';
import type { CallDefaults, CallOptions } from './call.ts';
import type { OutcomeReporter } from './outcomes.ts';
import type { VaultClient } from './vault-client.ts';

export interface AwsOptions extends Pick<
  CallOptions,
  'grantId' | 'reason' | 'context' | 'caller' | 'timeoutMs'
> {
  /** The region of the client, which chooses its endpoint. The vault signs for what the secret, or else the host, says. */
  readonly region: string;
  /** Who sends the requests: this process (`request`, the default) or the vault (`proxy`). */
  readonly mode?: 'request' | 'proxy' | undefined;
}

/** What the bridge needs of the client of the vault that it was made by. */
export interface AwsParts {
  readonly client: VaultClient;
  readonly reporter: OutcomeReporter;
  readonly defaults: CallDefaults;
  readonly assertOpen: () => void;
}

/** The URL byte for byte as the client sends it: a URL object would resolve `a/../b`, which is a key of S3. */
export function urlOf({ protocol, hostname, port, path, query = {} }: AwsHttpRequest): string {
  const isDefault = port === undefined || port === (protocol === 'https:' ? 443 : 80);
  const authority = isDefault ? hostname : `${hostname}:${port}`;
  const pairs = Object.keys(query)
    .toSorted()
    .flatMap((name) => {
      const value = query[name];
      const values = Array.isArray(value) ? value : [value];
      return values.map((one) =>
        typeof one === 'string' ? `${escaped(name)}=${escaped(one)}` : escaped(name),
      );
    });
  return `${protocol}//${authority}${path === '' ? '/' : path}${pairs.length === 0 ? '' : `?${pairs.join('&')}`}`;
}

/** RFC 3986, as AWS's clients write a query. */
const escaped = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
