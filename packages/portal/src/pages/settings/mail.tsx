/** Whether e-mail goes out, tried. */
import { useChange } from '../../api/queries.ts';
import { useCan } from '../../api/session.ts';
import { settings } from '../../texts/settings.ts';
import { Button } from '../../ui/button.tsx';
import { Callout, Card, ErrorNote, Facts } from '../../ui/layout.tsx';
import type { Settings } from './settings-page.tsx';

export function MailCard({ vault }: { readonly vault: Settings['vault'] }) {
  const can = useCan();
  const test = useChange('testMail');
  return (
    <Card
      title={settings.mail}
      lead={settings.mailLead}
      actions={
        can('settings:write') &&
        vault.mail_server !== null && (
          <Button size="small" isBusy={test.isPending} onClick={() => test.mutate({})}>
            {settings.testMail}
          </Button>
        )
      }
    >
      <div className="flex flex-col gap-4">
        <Facts items={[[settings.mailServer, vault.mail_server ?? settings.noMailServer]]} />
        <ErrorNote error={test.error} />
        {test.data?.ok === true && <Callout tone="ok" title={settings.testMailSent(test.data.to)} />}
        {test.data?.ok === false && (
          <Callout tone="bad" title={settings.testMailFailed}>
            <p>{settings.testMailCodes[test.data.code ?? ''] ?? test.data.code}</p>
            {test.data.status_code !== null && <p>{settings.testMailStatus(test.data.status_code)}</p>}
          </Callout>
        )}
      </div>
    </Card>
  );
}
