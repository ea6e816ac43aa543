/** The kind of a rule, and the form of that kind. */
import { CalendarClock, Gauge, Hand, Network, SquarePen, Timer } from 'lucide-react';
import { policies } from '../../texts/policies.ts';
import { RadioCards } from '../../ui/radio-cards.tsx';
import { ApprovalForm } from './approval-form.tsx';
import { KINDS, type Draft } from './draft.ts';
import type { Errors } from '../../ui/forms.ts';
import { QuotaForm, RateForm } from './limit-forms.tsx';
import { NetworksForm } from './networks-form.tsx';
import { RequestForm } from './request-form.tsx';
import { WindowForm } from './window-form.tsx';

const ICONS = {
  time_window: <CalendarClock />,
  networks: <Network />,
  request: <SquarePen />,
  rate_limit: <Gauge />,
  quota: <Timer />,
  require_approval: <Hand />,
} as const;

export function RuleForm(props: FormProps) {
  const { draft, onChange } = props;
  return (
    <div className="flex flex-col gap-6">
      <RadioCards
        label={policies.kind}
        className="grid-cols-2 xl:grid-cols-3"
        options={KINDS.map((value) => ({ value, ...policies.kinds[value], icon: ICONS[value] }))}
        value={draft.kind}
        onChange={(kind) => onChange({ kind })}
      />
      <FormOfKind {...props} />
    </div>
  );
}

interface FormProps {
  readonly draft: Draft;
  readonly onChange: (part: Partial<Draft>) => void;
  readonly errors: Errors;
}

function FormOfKind({ draft, onChange, errors }: FormProps) {
  switch (draft.kind) {
    case 'time_window':
      return <WindowForm window={draft.window} onChange={(window) => onChange({ window })} errors={errors} />;
    case 'networks':
      return (
        <NetworksForm
          networks={draft.networks}
          onChange={(networks) => onChange({ networks })}
          errors={errors}
        />
      );
    case 'request':
      return (
        <RequestForm request={draft.request} onChange={(request) => onChange({ request })} errors={errors} />
      );
    case 'rate_limit':
      return <RateForm rate={draft.rate} onChange={(rate) => onChange({ rate })} errors={errors} />;
    case 'quota':
      return <QuotaForm quota={draft.quota} onChange={(quota) => onChange({ quota })} errors={errors} />;
    case 'require_approval':
      return (
        <ApprovalForm
          approval={draft.approval}
          onChange={(approval) => onChange({ approval })}
          errors={errors}
        />
      );
  }
}
