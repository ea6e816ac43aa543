/** One managed secret: what is known of it, what it is used for, its grants, and everything that can be done with it but reading it. */
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { ArrowLeft, Code } from 'lucide-react';
import { useApi, type ItemOf } from '../../api/queries.ts';
import { useCan } from '../../api/session.ts';
import { useAppName } from '../../shell/current-app.ts';
import { policyList } from '../../texts/policy-list.ts';
import { secret as words } from '../../texts/secret.ts';
import { secrets } from '../../texts/secrets.ts';
import { Card, ErrorNote, Page, SkeletonRows } from '../../ui/layout.tsx';
import { LinkButton } from '../../ui/link-button.tsx';
import { PolicyList } from '../../ui/policy-list.tsx';
import { useVerify, VerifyResult } from '../../ui/verify.tsx';
import { GrantsCard } from './grants/grants-card.tsx';
import { Alerts } from './secret-alerts.tsx';
import { SecretActions } from './secret-actions.tsx';
import { FactsCard, PlacesCard } from './secret-facts.tsx';
import { SecretStates, SecretTile } from './secret-looks.tsx';
import { SecretUsage } from './secret-usage.tsx';

const EVERY_MS = 30_000;

export function SecretPage() {
  const app = useAppName();
  const { secret: secretId } = useParams({ from: '/inside/apps/$app/secrets/$secret' });
  const read = useApi('getSecret', { params: { app, secret_id: secretId } }, { everyMs: EVERY_MS });
  if (read.data === undefined)
    return (
      <Page title={secrets.title}>
        {read.isPending ? (
          <SkeletonRows />
        ) : (
          <ErrorNote error={read.error} onRetry={() => void read.refetch()} />
        )}
      </Page>
    );
  return <Shown key={secretId} of={read.data} />;
}

function Shown({ of: secret }: { readonly of: ItemOf<'listSecrets'> }) {
  const app = useAppName();
  const can = useCan();
  const search = useSearch({ from: '/inside/apps/$app/secrets/$secret' });
  const navigate = useNavigate({ from: '/apps/$app/secrets/$secret' });
  const verify = useVerify(app, secret.secret_id);
  return (
    <Page
      title={
        <span className="flex items-center gap-3">
          <SecretTile of={secret} size="normal" />
          <span className="min-w-0 [overflow-wrap:anywhere]">{secret.name}</span>
        </span>
      }
      lead={
        <span className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
          <Link
            to="/apps/$app/secrets"
            params={{ app }}
            className="inline-flex items-center gap-1.5 text-accent-ink hover:underline"
          >
            <ArrowLeft className="size-4" aria-hidden />
            {secrets.title}
          </Link>
          <span>
            {secret.template_name ?? secrets.custom} · {secrets.types[secret.credential_type]}
          </span>
          <SecretStates of={secret} />
        </span>
      }
      actions={
        <>
          <LinkButton
            to="/apps/$app/secrets/$secret/use"
            params={{ app, secret: secret.secret_id }}
            icon={<Code aria-hidden />}
          >
            {words.use}
          </LinkButton>
          {can('secrets:write') && <SecretActions of={secret} verify={verify} />}
        </>
      }
    >
      <VerifyResult of={verify} name={secret.template_name ?? words.provider} />
      <Alerts of={secret} />
      <div className="grid min-w-0 items-start gap-6 xl:grid-cols-[minmax(0,1fr)_24rem]">
        <div className="flex min-w-0 flex-col gap-6">
          {can('grants:read') && (
            <GrantsCard
              of={secret}
              isAll={search.grants === 'all'}
              grantId={search.grant}
              onAll={(isAll) =>
                void navigate({ search: (before) => ({ ...before, grants: isAll ? 'all' : undefined }) })
              }
              onGrant={(grant) => void navigate({ search: (before) => ({ ...before, grant }) })}
            />
          )}
          <SecretUsage
            secretId={secret.secret_id}
            span={search.span ?? 'day'}
            onSpan={(span) => void navigate({ search: (before) => ({ ...before, span }) })}
            onGrant={(grant) => void navigate({ search: (before) => ({ ...before, grant }) })}
          />
        </div>
        <div className="flex min-w-0 flex-col gap-6">
          <FactsCard of={secret} />
          <PlacesCard of={secret} />
          {can('policies:read') && (
            <Card title={policyList.title}>
              <PolicyList app={app} kind="secret" id={secret.secret_id} />
            </Card>
          )}
        </div>
      </div>
    </Page>
  );
}
