/** What the vault runs on. */
import { plural } from '../../texts/numbers.ts';
import { settings } from '../../texts/settings.ts';
import { bytes } from '../../texts/times.ts';
import { Card, Facts as List } from '../../ui/layout.tsx';
import type { Settings } from './settings-page.tsx';

export function Facts({ vault }: { readonly vault: Settings['vault'] }) {
  const more = [
    ...(vault.egress_resolve > 0 ? [settings.egressResolve(plural(vault.egress_resolve, 'host'))] : []),
    ...(vault.has_egress_ca ? [settings.egressCa] : []),
  ];
  return (
    <Card title={settings.facts} lead={settings.factsLead}>
      <List
        items={[
          [settings.version, vault.version],
          [settings.publicUrl, vault.public_url],
          [settings.database, settings.databases[vault.database](vault.postgresql)],
          [settings.counters, settings.counterStores[vault.counters]],
          [settings.workers, vault.workers],
          [
            settings.egress,
            vault.egress_allow.length === 0 ? (
              settings.egressNone
            ) : (
              <code key="egress" className="text-[13px]">
                {vault.egress_allow.join(', ')}
              </code>
            ),
          ],
          ...(more.length === 0 ? [] : [[settings.egressMore, more.join(', ')] as const]),
          [settings.held, settings.heldText(bytes(vault.held_body_bytes_max), vault.approval_result_hours)],
        ]}
      />
    </Card>
  );
}
