/** What a member may do, as a choice of roles with a sentence each. */
import type { Role } from '../../api/session.ts';
import { members } from '../../texts/members.ts';
import { roles } from '../../texts/roles.ts';
import { RadioCards } from '../../ui/radio-cards.tsx';

const ROLES = ['owner', 'admin', 'developer', 'approver', 'auditor'] as const satisfies readonly Role[];

export function RoleChoice({
  value,
  onChange,
  hasOwner,
}: {
  readonly value: Role;
  readonly onChange: (role: Role) => void;
  /** Owners are made by owners only. */
  readonly hasOwner: boolean;
}) {
  return (
    <RadioCards
      label={members.role}
      value={value}
      onChange={onChange}
      className="grid-cols-1"
      options={ROLES.filter((role) => hasOwner || role !== 'owner').map((role) => ({
        value: role,
        ...roles[role],
      }))}
    />
  );
}
