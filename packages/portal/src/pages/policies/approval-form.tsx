/** Which calls wait, who may agree, how many of them, and how long. */
import type { Role } from '@alter-vault/contract';
import { useId } from 'react';
import { useCan } from '../../api/session.ts';
import { useAppName } from '../../shell/current-app.ts';
import { policies } from '../../texts/policies.ts';
import { CheckField } from '../../ui/check-field.tsx';
import { Segments } from '../../ui/choice.tsx';
import { TextField } from '../../ui/field.tsx';
import { Further, useChoices } from '../../ui/pick-field.tsx';
import { ConditionsForm } from './conditions-form.tsx';
import type { Draft } from './draft.ts';
import type { Errors } from '../../ui/forms.ts';
import { LengthFields } from './limit-forms.tsx';
import { useMembers } from './names.ts';

const ROLES: readonly Role[] = ['approver', 'owner', 'admin', 'developer', 'auditor'];

export function ApprovalForm({
  approval,
  onChange,
  errors,
}: {
  readonly approval: Draft['approval'];
  readonly onChange: (approval: Draft['approval']) => void;
  readonly errors: Errors;
}) {
  const { isEvery, when, quorum, amount, unit } = approval;
  return (
    <div className="flex flex-col gap-5">
      <Segments
        label={policies.approvalFor}
        value={isEvery ? 'every' : 'some'}
        onChange={(chosen) => onChange({ ...approval, isEvery: chosen === 'every' })}
        options={(['every', 'some'] as const).map((value) => ({
          value,
          label: policies.approvalFors[value],
        }))}
      />
      {!isEvery && (
        <ConditionsForm
          conditions={when}
          onChange={(next) => onChange({ ...approval, when: next })}
          at="rule.when"
          errors={errors}
        />
      )}
      <Approvers approval={approval} onChange={onChange} errors={errors} />
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label={policies.quorum}
          hint={policies.quorumHint}
          inputMode="numeric"
          value={quorum}
          onChange={(event) => onChange({ ...approval, quorum: event.target.value })}
          error={errors.at('rule.quorum')}
        />
        <LengthFields
          label={policies.expiresIn}
          amount={amount}
          unit={unit}
          onChange={(length) => onChange({ ...approval, ...length })}
          error={errors.at('rule.expires_in_seconds')}
        />
      </div>
    </div>
  );
}

function Approvers({
  approval,
  onChange,
  errors,
}: {
  readonly approval: Draft['approval'];
  readonly onChange: (approval: Draft['approval']) => void;
  readonly errors: Errors;
}) {
  const id = useId();
  const can = useCan();
  const members = useMembers();
  const app = useAppName();
  const choices = useChoices({ app, kind: 'member', isEnabled: can('members:read') }, '');
  const { approvers } = approval;
  const error = errors.under('rule.approvers', approvers);
  const isRole = (one: string): boolean => ROLES.some((role) => role === one);
  const found = choices.options.map(({ value, label }) => ({
    id: value,
    name: members.find(({ id: one }) => one === value)?.name ?? label,
  }));
  const listed = new Set(found.map((member) => member.id));
  const nameOf = (one: string): string =>
    members.find(({ id: known }) => known === one)?.name ?? policies.unknownMember(one.slice(0, 8));
  /** Also those who are named already and are not among what is found. */
  const people = [
    ...found,
    ...approvers
      .filter((one) => !isRole(one) && !listed.has(one))
      .map((one) => ({ id: one, name: nameOf(one) })),
  ];
  const box = (value: string, label: string) => (
    <CheckField
      key={value}
      label={label}
      checked={approvers.includes(value)}
      onChange={(event) =>
        onChange({
          ...approval,
          approvers: event.target.checked
            ? [...approvers, value]
            : approvers.filter((other) => other !== value),
        })
      }
    />
  );
  return (
    <fieldset className="flex min-w-0 flex-col gap-3" aria-describedby={id}>
      <legend className="mb-1.5 text-[13px] font-medium">{policies.approvers}</legend>
      <div role="group" aria-label={policies.roles} className="flex flex-wrap gap-x-5 gap-y-2">
        {ROLES.map((role) => box(role, policies.roleNames[role]))}
      </div>
      {people.length > 0 && (
        <div
          role="group"
          aria-label={policies.members}
          className="flex max-h-44 flex-col gap-2 overflow-y-auto rounded-lg border border-line p-3"
        >
          {people.map((member) => box(member.id, member.name))}
        </div>
      )}
      <Further choices={choices} label={policies.members} />
      <p id={id} className="text-[13px] text-ink-3">
        {can('members:read') ? policies.approversHint : policies.approversHintRoles}
      </p>
      {error !== undefined && (
        <p role="alert" className="text-[13px] font-medium text-bad">
          {error}
        </p>
      )}
    </fieldset>
  );
}
