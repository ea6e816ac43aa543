/** What the organization sets for itself, and what the vault runs on. */
import { useApi } from '../../api/queries.ts';
import type { Answer } from '../../api/client.ts';
import { useCan } from '../../api/session.ts';
import { settings } from '../../texts/settings.ts';
import { Callout, ErrorNote, Page, SkeletonRows } from '../../ui/layout.tsx';
import { Facts } from './facts.tsx';
import { KeyringCard } from './keyring.tsx';
import { LogProof } from './log-proof.tsx';
import { MailCard } from './mail.tsx';
import { RetentionCard } from './retention.tsx';
import { SingleSignOnCard } from './single-sign-on.tsx';

export type Settings = Answer<'getSettings'>;

export function SettingsPage() {
  const read = useApi('getSettings', {});
  const can = useCan();
  // Waited for, so that nothing below it jumps when it is there.
  const keyring = useApi('getKeyring', {}, { enabled: can('keyring:read') });
  const isReading = read.isPending || keyring.isLoading;
  return (
    <Page title={settings.title} lead={settings.lead} width="reading">
      {isReading && <SkeletonRows rows={10} />}
      <ErrorNote error={read.error} onRetry={() => void read.refetch()} />
      {read.data !== undefined && !isReading && (
        <>
          {read.data.warnings.map((warning) => (
            <Callout key={warning} tone="warn" title={settings.warnings}>
              {warning}
            </Callout>
          ))}
          {can('keyring:read') && <KeyringCard vault={read.data.vault} />}
          <RetentionCard key={read.data.audit_retention.changed_at} read={read.data} />
          <MailCard vault={read.data.vault} />
          <SingleSignOnCard vault={read.data.vault} />
          <LogProof />
          <Facts vault={read.data.vault} />
        </>
      )}
    </Page>
  );
}
