/** The six credentials of the demo, new in each run, so that a search for them finds nothing by chance. */
import { randomBytes } from 'node:crypto';

/** What the upstream wants; the vault is given the same values to store. */
export interface Credentials {
  readonly crm: { readonly token: string };
  readonly billing: { readonly token: string };
  readonly wiki: { readonly username: string; readonly password: string };
  readonly storage: { readonly access_key_id: string; readonly secret_access_key: string };
  readonly maps: { readonly token: string };
  readonly chat: { readonly token: string };
}

export function makeCredentials(): Credentials {
  return {
    crm: { token: random() },
    billing: { token: random() },
    wiki: { username: 'reader', password: random() },
    storage: { access_key_id: 'AKIADEMO', secret_access_key: random() },
    maps: { token: random() },
    chat: { token: random() },
  };
}

/** What must be found nowhere: user name and access key id are no secrets. */
export function valuesOf({ crm, billing, wiki, storage, maps, chat }: Credentials): string[] {
  return [crm.token, billing.token, wiki.password, storage.secret_access_key, maps.token, chat.token];
}

export const random = (): string => randomBytes(32).toString('base64url');
