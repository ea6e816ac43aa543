/** Who is a member, as what, and how they come in. */
import { useNavigate, useSearch } from '@tanstack/react-router';
import { UserPlus, Users } from 'lucide-react';
import { useState } from 'react';
import { usePages } from '../../api/queries.ts';
import { useCan, useSession } from '../../api/session.ts';
import { members } from '../../texts/members.ts';
import { roles } from '../../texts/roles.ts';
import { Button } from '../../ui/button.tsx';
import { Segments } from '../../ui/choice.tsx';
import { Badge, Card, EmptyState, Page } from '../../ui/layout.tsx';
import { SearchBox } from '../../ui/search-box.tsx';
import { ListTable } from '../../ui/table.tsx';
import { TimeAgo } from '../../ui/time.tsx';
import { InviteDialog } from './invite-dialog.tsx';
import { MemberMenu } from './member-menu.tsx';
import { nameOf, type Member } from './member.ts';
import { WaysIn } from './ways-in.tsx';

const SHOWN = ['all', 'active', 'invited'] as const;
type Shown = (typeof SHOWN)[number];

export function MembersPage() {
  const { status, q = '', member: marked } = useSearch({ from: '/inside/members' });
  const shown: Shown = SHOWN.find((one) => one === status) ?? 'all';
  const navigate = useNavigate({ from: '/members' });
  const list = usePages(
    'listMembers',
    { query: { ...(shown === 'all' ? {} : { status: shown }), ...(q === '' ? {} : { q }) } },
    { keepPrevious: true },
  );
  const [isInviting, setInviting] = useState(false);
  const can = useCan();
  const mayChange = useMayChange();
  const { member_id: own } = useSession();
  return (
    <Page
      title={members.title}
      lead={members.lead}
      actions={
        can('members:write') ? (
          <Button look="primary" icon={<UserPlus aria-hidden />} onClick={() => setInviting(true)}>
            {members.invite}
          </Button>
        ) : undefined
      }
    >
      <div className="flex flex-wrap items-center gap-3">
        <Segments
          label={members.statesLabel}
          value={shown}
          onChange={(next) =>
            void navigate({ search: { q, ...(next === 'all' ? {} : { status: next }) }, replace: true })
          }
          options={SHOWN.map((value) => ({ value, label: members.states[value] }))}
        />
        <SearchBox
          // What is searched for may have come from elsewhere than this field.
          key={marked}
          label={members.search}
          value={q}
          onSearch={(text) =>
            void navigate({ search: { q: text, ...(status === undefined ? {} : { status }) }, replace: true })
          }
        />
      </div>
      <Card isFlush>
        <ListTable
          label={members.table}
          list={list}
          items={list.items}
          keyOf={(one) => one.member_id}
          marked={marked}
          columns={[
            { title: members.member, cell: (one) => <Name member={one} isOwn={one.member_id === own} /> },
            { title: members.role, cell: (one) => roles[one.role].label },
            { title: members.waysIn, cell: (one) => <WaysIn member={one} /> },
            { title: members.lastSignIn, cell: (one) => <TimeAgo at={one.last_signed_in_at} /> },
            { title: members.joined, cell: (one) => <TimeAgo at={one.created_at} />, isExtra: true },
          ]}
          actions={(member) => (mayChange(member) ? <MemberMenu member={member} /> : null)}
          empty={
            <EmptyState icon={<Users />} title={q === '' ? members.emptyTitle : members.emptyFound}>
              {q === '' ? members.emptyText : members.emptyFoundText}
            </EmptyState>
          }
        />
      </Card>
      {isInviting && <InviteDialog onClose={() => setInviting(false)} />}
    </Page>
  );
}

/** Owners change everybody, admins everybody but owners, and nobody themselves here. */
function useMayChange(): (member: Member) => boolean {
  const can = useCan();
  const session = useSession();
  return (member) =>
    can('members:write') &&
    member.member_id !== session.member_id &&
    (session.role === 'owner' || member.role !== 'owner');
}

function Name({ member, isOwn }: { readonly member: Member; readonly isOwn: boolean }) {
  return (
    <span className="flex flex-col [overflow-wrap:anywhere]">
      <span className="flex flex-wrap items-center gap-2 font-medium">
        {nameOf(member)}
        {isOwn && <Badge tone="accent">{members.you}</Badge>}
        {member.status === 'invited' && <Badge tone="hold">{members.invited}</Badge>}
      </span>
      {member.display_name !== null && <span className="text-[13px] text-ink-3">{member.email}</span>}
    </span>
  );
}
