/** What a stored secret is used by: its grant, ready code, and the test call that says whether it works. Also the page after storing. */
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { exampleCall, snippetsFor } from '@alter-vault/catalog/snippets';
import { CircleCheck, Plus } from 'lucide-react';
import { useTemplate, type TemplateWithGuide } from '../../api/catalog.ts';
import type { Answer } from '../../api/client.ts';
import { useApi } from '../../api/queries.ts';
import { useCan } from '../../api/session.ts';
import { useAppName } from '../../shell/current-app.ts';
import { store } from '../../texts/store.ts';
import { CodeBlock, CopyText } from '../../ui/copy.tsx';
import { SelectField } from '../../ui/field.tsx';
import { Callout, Card, ErrorNote, Page, SkeletonRows } from '../../ui/layout.tsx';
import { LinkButton } from '../../ui/link-button.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { VerifyCard } from './verify-card.tsx';

type StoredSecret = Answer<'getSecret'>;
type Grant = Answer<'listGrants'>['items'][number];

/** More grants than this are found on the page of the secret. */
const GRANTS_MAX = 50;

export function UsePage() {
  const app = useAppName();
  const { secret: secretId } = useParams({ from: '/inside/apps/$app/secrets/$secret/use' });
  const { stored } = useSearch({ from: '/inside/apps/$app/secrets/$secret/use' });
  const can = useCan();
  const secret = useApi('getSecret', { params: { app, secret_id: secretId } });
  const { template } = useTemplate(secret.data?.template ?? undefined);
  const grants = useApi(
    'listGrants',
    { params: { app }, query: { secret_id: secretId, status: 'active', limit: GRANTS_MAX } },
    { enabled: can('grants:read') },
  );
  if (secret.data === undefined || grants.data === undefined) {
    const failed = secret.error ?? grants.error;
    return (
      <Page title={store.use.title}>
        {failed === null ? (
          <SkeletonRows rows={8} />
        ) : (
          <ErrorNote error={failed} onRetry={() => void secret.refetch()} />
        )}
      </Page>
    );
  }
  const isNew = stored !== undefined;
  return (
    <Page
      title={isNew ? <StoredTitle name={secret.data.name} /> : store.use.heading(secret.data.name)}
      lead={isNew ? store.use.storedText : store.use.lead}
      actions={
        <>
          <LinkButton to="/apps/$app/secrets/$secret" params={{ app, secret: secretId }} look="quiet">
            {store.use.toSecret}
          </LinkButton>
          {can('secrets:write') && (
            <LinkButton to="/apps/$app/secrets/new" params={{ app }} icon={<Plus aria-hidden />}>
              {store.use.another}
            </LinkButton>
          )}
        </>
      }
    >
      <UseGrant secret={secret.data} grants={grants.data.items} template={template} />
    </Page>
  );
}

function StoredTitle({ name }: { readonly name: string }) {
  return (
    <span className="flex items-center gap-3">
      <span className="grid size-11 shrink-0 place-items-center rounded-xl bg-ok-soft text-ok" aria-hidden>
        <CircleCheck className="size-6" />
      </span>
      <span className="min-w-0">{store.use.storedTitle(name)}</span>
    </span>
  );
}

function UseGrant({
  secret,
  grants,
  template,
}: {
  readonly secret: StoredSecret;
  readonly grants: readonly Grant[];
  readonly template: TemplateWithGuide | undefined;
}) {
  const { grant: asked } = useSearch({ from: '/inside/apps/$app/secrets/$secret/use' });
  const grant = grants.find((one) => one.grant_id === asked) ?? grants[0];
  if (grant === undefined) return <Callout tone="warn">{store.use.noGrant}</Callout>;
  return (
    <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_minmax(20rem,26rem)]">
      <div className="flex min-w-0 flex-col gap-6">
        <GrantCard grants={grants} grant={grant} />
        <CodeCard secret={secret} grant={grant} template={template} />
      </div>
      <VerifyCard secret={secret} template={template} />
    </div>
  );
}

/** Changes what stands in the address and stays on the page. */
function useShow(): (next: { readonly grant?: string; readonly code?: string }) => void {
  const navigate = useNavigate({ from: '/apps/$app/secrets/$secret/use' });
  return (next) =>
    void navigate({ search: (before) => ({ ...before, ...next }), replace: true, resetScroll: false });
}

function GrantCard({ grants, grant }: { readonly grants: readonly Grant[]; readonly grant: Grant }) {
  const show = useShow();
  return (
    <Card title={store.use.grant} lead={store.use.grantText}>
      <div className="flex flex-col gap-4">
        {grants.length > 1 && (
          <SelectField
            label={store.use.which}
            value={grant.grant_id}
            onChange={(event) => show({ grant: event.target.value })}
            options={grants.map((one) => ({
              value: one.grant_id,
              label: [one.label, one.principal.type, one.grant_id].filter(Boolean).join(' · '),
            }))}
          />
        )}
        <p>
          <CopyText text={grant.grant_id} label={store.use.copyGrant} />
        </p>
      </div>
    </Card>
  );
}

function CodeCard({
  secret,
  grant,
  template,
}: {
  readonly secret: StoredSecret;
  readonly grant: Grant;
  readonly template: TemplateWithGuide | undefined;
}) {
  const { code: chosen } = useSearch({ from: '/inside/apps/$app/secrets/$secret/use' });
  const show = useShow();
  const snippets = snippetsFor({
    baseUrl: location.origin,
    grantId: grant.grant_id,
    template: secret.template,
    allowedHosts: secret.allowed_hosts,
    call: exampleCall(secret, template?.verify ?? null),
    isProxyOnly: grant.delivery === 'proxy_only',
  });
  return (
    <Card title={store.use.code} lead={store.use.codeLead}>
      <Tabs
        label={store.use.codeTabs}
        value={(snippets.find(({ id }) => id === chosen) ?? snippets[0])?.id ?? ''}
        onChange={(id) => show({ code: id })}
        tabs={snippets.map(({ id, label, install, code }) => ({
          value: id,
          label,
          content: (
            <div className="flex flex-col gap-3">
              {install !== null && <CodeBlock label={`${label}: install`} code={install} />}
              <CodeBlock label={label} code={code} />
            </div>
          ),
        }))}
      />
    </Card>
  );
}
