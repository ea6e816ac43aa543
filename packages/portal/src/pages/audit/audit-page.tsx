/** The audit log: what is looked for, when it happened, the table, and the details of one event. All of it stands in the address. */
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Download, RotateCw } from 'lucide-react';
import { useState } from 'react';
import { useAppName } from '../../shell/current-app.ts';
import { audit } from '../../texts/audit.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Page } from '../../ui/layout.tsx';
import { Events } from './events.tsx';
import { ExportDialog } from './export-dialog.tsx';
import { FilterBar } from './filter-bar.tsx';
import { keptOf, lookedFor, queryOf, withSpan } from './filters.ts';
import { Histogram } from './histogram.tsx';
import { useNames } from './names.ts';
import { ViewsMenu } from './views-menu.tsx';

export function AuditPage() {
  const app = useAppName();
  const search = useSearch({ from: '/inside/apps/$app/audit' });
  const navigate = useNavigate({ from: '/apps/$app/audit' });
  const names = useNames(app);
  const [isExporting, setExporting] = useState(false);
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
        <>
          <ViewsMenu app={app} kept={keptOf(looked)} onLook={(kept) => look({ ...kept })} />
          <Button icon={<Download aria-hidden />} onClick={() => setExporting(true)}>
            {audit.exportTitle}
          </Button>
          <IconButton label={audit.refresh} size="normal" look="secondary" onClick={() => setNow(Date.now())}>
            <RotateCw aria-hidden />
          </IconButton>
        </>
      }
    >
      <div className="flex min-w-0 flex-col gap-4">
        <FilterBar app={app} search={search} looked={looked} names={names} onLook={look} onGo={go} />
        <Histogram
          key={now}
          app={app}
          query={query}
          isLive={looked.isLive}
          onZoom={(span) => look(withSpan(search, span))}
        />
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
      </div>
      {isExporting && <ExportDialog app={app} query={query} onClose={() => setExporting(false)} />}
    </Page>
  );
}
