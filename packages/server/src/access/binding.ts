/** What a credential is bound to (I6): derived from its row in this one place, for sealing and for opening. */
import type { SecretRow } from '../store/deciding.ts';
import { destinationsDigest } from '../vault/destinations.ts';
import type { Binding } from '../vault/format.ts';

type Bound = Pick<
  SecretRow,
  | 'app_id'
  | 'secret_id'
  | 'version'
  | 'credential_type'
  | 'allowed_hosts'
  | 'allow_any_host'
  | 'injection'
  | 'delivery'
  | 'default_headers'
  | 'base_url'
  | 'public_fields'
>;

export function bindingOf(deploymentId: string, secret: Bound): Binding {
  return {
    deploymentId,
    appId: secret.app_id,
    secretId: secret.secret_id,
    version: secret.version,
    credentialType: secret.credential_type,
    destinations: destinationsDigest({
      allowedHosts: secret.allowed_hosts,
      allowAnyHost: secret.allow_any_host,
      injection: secret.injection,
      delivery: secret.delivery,
      defaultHeaders: secret.default_headers,
      baseUrl: secret.base_url,
      publicFields: secret.public_fields,
    }),
  };
}
