/** One's own account. */
import { useSession } from '../../api/session.ts';
import { people } from '../../texts/people.ts';
import { Card, Facts, Page } from '../../ui/layout.tsx';

export function AccountPage() {
  const session = useSession();
  return (
    <Page title={people.accountTitle} width="reading">
      <Card>
        <Facts
          items={[
            [people.email, session.email],
            [people.role, session.role],
          ]}
        />
      </Card>
    </Page>
  );
}
