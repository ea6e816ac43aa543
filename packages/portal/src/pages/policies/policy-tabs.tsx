/** The parts of a policy's page; which is open stands in the address. What was typed into a trial stays while one looks around. */
import { useNavigate } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { useCan } from '../../api/session.ts';
import { policies } from '../../texts/policies.ts';
import { Tabs } from '../../ui/tabs.tsx';
import { ReplayPanel } from './replay-panel.tsx';
import { emptyCall, type Subject } from './trial.ts';
import { TryPanel } from './try-panel.tsx';

const TABS = ['rule', 'try', 'replay'] as const;

export function PolicyTabs({
  tab,
  subject,
  rule,
}: {
  /** As it stands in the address. */
  readonly tab: unknown;
  readonly subject: Subject;
  readonly rule: ReactNode;
}) {
  const can = useCan();
  const navigate = useNavigate();
  const [call, setCall] = useState(emptyCall);
  const contents = {
    rule,
    try: <TryPanel subject={subject} call={call} onChange={setCall} />,
    replay: <ReplayPanel subject={subject} />,
  };
  const shown = TABS.filter((one) => one !== 'replay' || can('audit:read'));
  return (
    <Tabs
      label={policies.tabsLabel}
      value={shown.find((one) => one === tab) ?? 'rule'}
      onChange={(next) =>
        void navigate({
          to: '.',
          search: (before: object) => ({ ...before, tab: next === 'rule' ? undefined : next }),
          replace: true,
          resetScroll: false,
        })
      }
      tabs={shown.map((value) => ({ value, label: policies.tabs[value], content: contents[value] }))}
    />
  );
}
