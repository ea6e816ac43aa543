/** An app that was never called: the way to its first call, with marks at what is done. */
import { clsx } from 'clsx';
import { Check } from 'lucide-react';
import type { ReactNode } from 'react';
import { useApi } from '../../api/queries.ts';
import { useCan } from '../../api/session.ts';
import { useAppName } from '../../shell/current-app.ts';
import { overview } from '../../texts/overview.ts';
import { CodeBlock } from '../../ui/copy.tsx';
import { Card } from '../../ui/layout.tsx';
import { LinkButton } from '../../ui/link-button.tsx';
import type { Overview } from './overview-page.tsx';

export function FirstSteps({ counts }: { readonly counts: Overview['counts'] }) {
  const { secret, key, call } = overview.steps;
  const app = useAppName();
  const can = useCan();
  const hasSecret = (counts.secrets ?? 0) > 0;
  const hasKey = (counts.api_keys ?? 0) > 0;
  return (
    <Card title={overview.firstTitle} lead={overview.firstLead}>
      <ol className="flex flex-col">
        <Step number={1} isDone={hasSecret} {...secret}>
          {!hasSecret && can('secrets:write') && (
            <p>
              <LinkButton to="/apps/$app/secrets/new" params={{ app }} look="primary" size="small">
                {overview.storeSecret}
              </LinkButton>
            </p>
          )}
        </Step>
        <Step number={2} isDone={hasKey} {...key}>
          {!hasKey && can('keys:write') && (
            <p>
              <LinkButton to="/apps/$app/keys" params={{ app }} size="small">
                {overview.makeKey}
              </LinkButton>
            </p>
          )}
        </Step>
        <Step number={3} isDone={false} isLast {...call}>
          {hasSecret && hasKey && <FirstCall />}
        </Step>
      </ol>
    </Card>
  );
}

function Step({
  number,
  title,
  text,
  isDone,
  isLast = false,
  children,
}: {
  readonly number: number;
  readonly title: string;
  readonly text: string;
  readonly isDone: boolean;
  readonly isLast?: boolean;
  readonly children?: ReactNode;
}) {
  return (
    <li className="relative flex gap-4 pb-6 last:pb-0">
      {!isLast && (
        <span
          aria-hidden
          className={clsx(
            'absolute top-9 bottom-1 left-4 w-px -translate-x-1/2',
            isDone ? 'bg-ok' : 'bg-line',
          )}
        />
      )}
      <span
        className={clsx(
          'grid size-8 shrink-0 place-items-center rounded-full text-[13px] font-semibold [&_svg]:size-4',
          isDone ? 'bg-ok-soft text-ok' : 'bg-accent-soft text-accent-ink',
        )}
        aria-hidden
      >
        {isDone ? <Check /> : number}
      </span>
      <div className="flex min-w-0 flex-1 flex-col gap-2 pt-1">
        <h3 className={clsx('font-semibold', isDone && 'text-ink-2')}>
          {title}
          <span className="sr-only"> ({isDone ? overview.stepDone : overview.stepOpen})</span>
        </h3>
        {!isDone && <p className="max-w-2xl text-ink-2">{text}</p>}
        {children}
      </div>
    </li>
  );
}

function FirstCall() {
  const app = useAppName();
  const can = useCan();
  const secret = useApi(
    'listSecrets',
    { params: { app }, query: { limit: 1 } },
    { enabled: can('secrets:read') },
  ).data?.items[0];
  const grant = useApi(
    'listGrants',
    {
      params: { app },
      query: { limit: 1, status: 'active', ...(secret && { secret_id: secret.secret_id }) },
    },
    { enabled: can('grants:read') && secret !== undefined },
  ).data?.items[0];
  const host = secret?.allowed_hosts.find((one) => !one.includes('*')) ?? 'api.example.com';
  return (
    <>
      <CodeBlock
        label={overview.callCode}
        code={[
          `curl -sS ${location.origin}/v1/proxy \\`,
          '  -H "Authorization: Bearer $ALTER_API_KEY" \\',
          `  -H 'Alter-Grant: ${grant?.grant_id ?? '<grant_id>'}' \\`,
          `  -H 'Alter-Url: ${secret?.base_url ?? `https://${host}/`}' \\`,
          "  -H 'Alter-Reason: first%20call'",
        ].join('\n')}
      />
      {grant !== undefined && <p className="text-[13px] text-ink-3">{overview.grantOf(grant.secret_name)}</p>}
      <p className="inline-flex items-center gap-2 text-[13px] text-ink-2" role="status">
        <span className="pulse-soft size-2 rounded-full bg-accent" aria-hidden />
        {overview.waitingForCall}
      </p>
    </>
  );
}
