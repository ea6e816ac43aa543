/** Approving or denying a held call, bound to the digest of what was looked at. The API asks for the step-up. */
import { useEffect, useRef, useState } from 'react';
import { useForm } from 'react-hook-form';
import type { Answer } from '../../api/client.ts';
import { useChange } from '../../api/queries.ts';
import { approvals } from '../../texts/approvals.ts';
import { Button } from '../../ui/button.tsx';
import { AreaField } from '../../ui/field.tsx';
import { showIssues } from '../../ui/forms.ts';
import { Card, ErrorNote } from '../../ui/layout.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { isTaken } from './keys.ts';
import type { Decision } from './states.ts';

export function DecisionForm({
  approval,
  begun,
}: {
  readonly approval: Answer<'getHeldRequest'>['approval'];
  /** What somebody came to decide: the reason has the focus, and Ctrl and Enter decide it. */
  readonly begun: Decision | undefined;
}) {
  const form = useForm({ defaultValues: { reason: '' } });
  const [intent, setIntent] = useState(begun);
  const box = useRef<HTMLDivElement>(null);
  const toasts = useToasts();
  const decide = useChange('decideApproval', {
    outdates: ['getHeldRequest', 'listAppApprovals', 'getOverview'],
    onDone: (_, { body }) => toasts.done(body.decision === 'approve' ? approvals.approved : approvals.denied),
  });
  useEffect(() => {
    if (intent !== undefined) box.current?.querySelector('textarea')?.focus();
  }, [intent]);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const chosen = event.key === 'a' ? 'approve' : event.key === 'd' ? 'deny' : undefined;
      if (chosen === undefined || isTaken(event)) return;
      event.preventDefault();
      setIntent(chosen);
      box.current?.querySelector('textarea')?.focus();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
  const submit = (decision: Decision) =>
    void form.handleSubmit(({ reason }) =>
      decide.mutate(
        {
          params: { approval_id: approval.approval_id },
          body: {
            decision,
            request_digest: approval.request_digest,
            ...(reason.trim() === '' ? {} : { reason: reason.trim() }),
          },
        },
        { onError: (error) => void showIssues(error, form.setError, ['reason']) },
      ),
    )();
  const asked = decide.isPending ? decide.variables.body.decision : undefined;
  return (
    <Card title={approvals.decision}>
      <div ref={box} className="flex flex-col gap-4">
        <AreaField
          label={approvals.decisionReason}
          hint={
            intent === undefined
              ? approvals.decisionReasonHint
              : `${approvals.decisionReasonHint} ${approvals.enterDecides[intent]}`
          }
          isOptional
          rows={2}
          {...form.register('reason')}
          onKeyDown={(event) => {
            if (intent === undefined || event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
            event.preventDefault();
            if (!decide.isPending) submit(intent);
          }}
          error={form.formState.errors.reason?.message}
        />
        <ErrorNote error={decide.error} issues={[]} />
        <div className="flex flex-wrap gap-2">
          <Button
            look="primary"
            isBusy={asked === 'approve'}
            disabled={decide.isPending}
            onClick={() => submit('approve')}
          >
            {approvals.approve}
          </Button>
          <Button
            look="danger"
            isBusy={asked === 'deny'}
            disabled={decide.isPending}
            onClick={() => submit('deny')}
          >
            {approvals.deny}
          </Button>
        </div>
      </div>
    </Card>
  );
}
