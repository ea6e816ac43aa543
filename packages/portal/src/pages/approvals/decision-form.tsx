/** Approving or denying a held call, bound to the digest of what was looked at. The API asks for the step-up. */
import { useForm } from 'react-hook-form';
import type { Answer } from '../../api/client.ts';
import { useChange } from '../../api/queries.ts';
import { approvals } from '../../texts/approvals.ts';
import { Button } from '../../ui/button.tsx';
import { AreaField } from '../../ui/field.tsx';
import { showIssues } from '../../ui/forms.ts';
import { Card, ErrorNote } from '../../ui/layout.tsx';
import { useToasts } from '../../ui/toast.tsx';

type Decision = 'approve' | 'deny';

export function DecisionForm({ approval }: { readonly approval: Answer<'getHeldRequest'>['approval'] }) {
  const form = useForm({ defaultValues: { reason: '' } });
  const toasts = useToasts();
  const decide = useChange('decideApproval', {
    outdates: ['getHeldRequest', 'listAppApprovals'],
    onDone: (_, { body }) => toasts.done(body.decision === 'approve' ? approvals.approved : approvals.denied),
  });
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
      <div className="flex flex-col gap-4">
        <AreaField
          label={approvals.decisionReason}
          hint={approvals.decisionReasonHint}
          isOptional
          rows={2}
          {...form.register('reason')}
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
