/** What the sign-in page may offer. For everybody: it tells nothing of anybody. */
import { schemas } from '@alter-vault/contract';
import { passkeySite } from '../../people/passkeys.ts';
import { findOrganization } from '../../store/people.ts';
import type { ApiParts } from '../parts.ts';
import type { Routes } from '../routes.ts';
import { ssoOffer } from './sso-identities.ts';

export function registerSignInOptions(routes: Routes, parts: ApiParts): void {
  routes.route('getSignInOptions', async () => {
    const site = passkeySite(parts.publicUrl());
    return {
      needs_setup: (await findOrganization(parts.db)) === undefined,
      passkeys: {
        available: site.origin !== undefined,
        reason: site.origin === undefined ? site.reason : null,
      },
      sso: ssoOffer(parts),
      recovery: parts.memberMail.isSet,
      password_length_min: schemas.PASSWORD_LENGTH_MIN,
    };
  });
}
