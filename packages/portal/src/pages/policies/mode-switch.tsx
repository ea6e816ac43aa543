/** Monitored or enforced: either way something changes for who calls, so that both ask first and say what the past tells. */
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useApi, useChange } from '../../api/queries.ts';
import { useCan } from '../../api/session.ts';
import { useAppName } from '../../shell/current-app.ts';
import { count, plural } from '../../texts/numbers.ts';
import { policies } from '../../texts/policies.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { Badge, Skeleton } from '../../ui/layout.tsx';
import { SwitchField } from '../../ui/switch-field.tsx';
import { useToasts } from '../../ui/toast.tsx';
import type { Policy } from './draft.ts';

export function ModeSwitch({
  policy,
  isCompact = false,
}: {
  readonly policy: Policy;
  readonly isCompact?: boolean;
}) {
  const can = useCan();
  const [isAsking, setAsking] = useState(false);
  const isEnforced = policy.mode === 'enforce';
  const word = isEnforced ? policies.enforced : policies.monitored;
  if (!can('policies:write')) return <Badge tone={isEnforced ? 'ok' : 'neutral'}>{word}</Badge>;
  return (
    <>
      <SwitchField
        label={
          <>
            <span className="sr-only">{policies.modeOf(policy.name)}</span>
            <span aria-hidden className={isCompact ? 'text-[13px] font-normal text-ink-2' : undefined}>
              {word}
            </span>
          </>
        }
        isOn={isEnforced}
        onChange={() => setAsking(true)}
      />
      {isAsking && <AskMode policy={policy} onClose={() => setAsking(false)} />}
    </>
  );
}

function AskMode({ policy, onClose }: { readonly policy: Policy; readonly onClose: () => void }) {
  const app = useAppName();
  const can = useCan();
  const toasts = useToasts();
  const next = policy.mode === 'enforce' ? ('monitor' as const) : ('enforce' as const);
  const change = useChange('changePolicy', {
    outdates: ['listPolicies', 'getPolicy', 'listGrants', 'getGrant'],
    onDone: () => {
      toasts.done(
        next === 'enforce' ? policies.nowEnforced(policy.name) : policies.nowMonitored(policy.name),
      );
      onClose();
    },
  });
  const isEnforcing = next === 'enforce';
  return (
    <ConfirmDialog
      title={isEnforcing ? policies.enforceTitle(policy.name) : policies.monitorTitle(policy.name)}
      action={isEnforcing ? policies.enforceAction : policies.monitorAction}
      isBusy={change.isPending}
      error={change.error}
      onClose={onClose}
      onConfirm={() =>
        change.mutate({
          params: { app, policy_id: policy.policy_id },
          body: { mode: next, if_updated_at: policy.updated_at },
        })
      }
    >
      <p>{isEnforcing ? policies.enforceText : policies.monitorText}</p>
      {isEnforcing && can('audit:read') && <Preview app={app} policy={policy} />}
    </ConfirmDialog>
  );
}

const PREVIEW_DAYS = 7;
const DAY_MS = 24 * 3600 * 1000;

/** What it would have done lately: enforcing blindly is how production stops. */
function Preview({ app, policy }: { readonly app: string; readonly policy: Policy }) {
  const [now] = useState(() => Date.now());
  const { applies_to, mode, rule } = policy;
  const { data, error } = useApi('replayPolicy', {
    params: { app },
    body: {
      policy: { applies_to, mode, rule },
      from: new Date(now - PREVIEW_DAYS * DAY_MS).toISOString(),
      to: new Date(now).toISOString(),
    },
  });
  // It only helps to decide: where there is no answer, the question stands alone.
  if (error !== null) return null;
  return (
    <div className="rounded-lg bg-sunken px-4 py-3 text-[13px]">
      <p className="font-medium text-ink">{policies.preview(PREVIEW_DAYS)}</p>
      {data === undefined ? (
        <Skeleton className="mt-1.5 h-4 w-64" />
      ) : (
        <p aria-live="polite">
          {data.calls === 0
            ? policies.previewNone(PREVIEW_DAYS)
            : policies.previewCounts(
                plural(data.calls, 'call'),
                count(data.deny.count),
                count(data.hold.count),
              )}{' '}
          <Link
            to="/apps/$app/policies/$policy"
            params={{ app, policy: policy.policy_id }}
            search={{ tab: 'replay' }}
            className="text-accent-ink underline"
          >
            {policies.previewLink}
          </Link>
        </p>
      )}
    </div>
  );
}
