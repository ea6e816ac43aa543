/** With which identity provider people come in, who may, and what the provider must be told. */
import { roles } from '../../texts/roles.ts';
import { settings } from '../../texts/settings.ts';
import { Card, Facts } from '../../ui/layout.tsx';
import type { Settings } from './settings-page.tsx';

export function SingleSignOnCard({ vault: { single_sign_on: sso } }: { readonly vault: Settings['vault'] }) {
  return (
    <Card title={settings.sso} lead={settings.ssoLead}>
      <Facts
        items={
          sso === null
            ? [[settings.ssoProvider, settings.noSso]]
            : [
                [settings.ssoProvider, sso.name],
                [settings.ssoIssuer, <Exact key="issuer" text={sso.issuer} />],
                [settings.ssoClient, <Exact key="client" text={sso.client_id} />],
                [settings.ssoRedirect, <Exact key="redirect" text={sso.redirect_uri} />],
                [
                  settings.ssoWho,
                  sso.domains.length === 0
                    ? settings.ssoInvited
                    : settings.ssoDomains(sso.domains.join(', '), roles[sso.role].label),
                ],
              ]
        }
      />
    </Card>
  );
}

const Exact = ({ text }: { readonly text: string }) => (
  <code className="text-[13px] [overflow-wrap:anywhere]">{text}</code>
);
