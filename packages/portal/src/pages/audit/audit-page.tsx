/** The audit log: what is looked for, when it happened, the table, and the details of one event. All of it stands in the address. */
import { useNavigate, useSearch } from '@tanstack/react-router';
import { RotateCw } from 'lucide-react';
import { useState } from 'react';
import { useAppName } from '../../shell/current-app.ts';
import { audit } from '../../texts/audit.ts';
import { IconButton } from '../../ui/button.tsx';
import { Page } from '../../ui/layout.tsx';
import { Events } from './events.tsx';
import { FilterBar } from './filter-bar.tsx';
import { lookedFor, queryOf } from './filters.ts';
import { useNames } from './names.ts';

export function AuditPage() {
  const app = useAppName();
  const search = useSearch({ from: '/inside/apps/$app/audit' });
  const navigate = useNavigate({ from: '/apps/$app/audit' });
  const names = useNames(app);
  /** What “the last hour” is counted back from: the moment at which it was chosen or looked again. */
  const [now, setNow] = useState(() => Date.now());
  const looked = lookedFor(search);
  const query = queryOf(looked, now);
  const go = (next: Record<string, unknown>, replace = false) => void navigate({ search: next, replace });
  const look = (next: Record<string, unknown>) => {
    setNow(Date.now());
    go(next);
  };
  return (
    <Page
      title={audit.title}
      lead={audit.lead}
      actions={
        <IconButton label={audit.refresh} size="normal" look="secondary" onClick={() => setNow(Date.now())}>
          <RotateCw aria-hidden />
        </IconButton>
      }
    >
      <FilterBar search={search} looked={looked} names={names} onLook={look} />
      <Events
        key={JSON.stringify([app, query, now])}
        app={app}
        search={search}
        looked={looked}
        query={query}
        names={names}
        onGo={go}
        onLook={look}
      />
    </Page>
  );
}
