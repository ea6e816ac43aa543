/** One's own account: how one comes in, where one is signed in, and the tokens that act for one. */
import { account } from '../../texts/account.ts';
import { Page } from '../../ui/layout.tsx';
import { AuthenticatorCard } from './authenticator-card.tsx';
import { PasskeysCard } from './passkeys-card.tsx';
import { PasswordCard } from './password-card.tsx';
import { ProfileCard } from './profile-card.tsx';
import { SessionsCard } from './sessions-card.tsx';
import { SsoCard } from './sso-card.tsx';
import { TokensCard } from './tokens-card.tsx';

export function AccountPage() {
  return (
    <Page title={account.title} lead={account.lead} width="reading">
      <ProfileCard />
      <SsoCard />
      <PasskeysCard />
      <PasswordCard />
      <AuthenticatorCard />
      <SessionsCard />
      <TokensCard />
    </Page>
  );
}
