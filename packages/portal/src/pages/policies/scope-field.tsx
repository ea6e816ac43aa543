/** What a policy applies to: the app, or one thing in it, chosen by name. */
import { Bot, Boxes, KeyRound, Ticket } from 'lucide-react';
import { useState } from 'react';
import { useCan } from '../../api/session.ts';
import { useAppName } from '../../shell/current-app.ts';
import { policies } from '../../texts/policies.ts';
import { TextField } from '../../ui/field.tsx';
import { PickField } from '../../ui/pick-field.tsx';
import { RadioCards } from '../../ui/radio-cards.tsx';
import { SCOPES, type Scope } from './draft.ts';
import type { Errors } from '../../ui/forms.ts';

const ICONS = { app: <Boxes />, secret: <KeyRound />, grant: <Ticket />, agent: <Bot /> } as const;
const BY_ID = 'by-id';

export function ScopeField({
  scope,
  onChange,
  errors,
}: {
  readonly scope: Scope;
  readonly onChange: (scope: Scope) => void;
  readonly errors: Errors;
}) {
  return (
    <div className="flex flex-col gap-4">
      <RadioCards
        label={policies.scopeKind}
        className="grid-cols-2 xl:grid-cols-4"
        options={SCOPES.map((value) => ({ value, ...policies.scopeKinds[value], icon: ICONS[value] }))}
        value={scope.to}
        onChange={(to) => onChange({ to, id: '' })}
      />
      {scope.to !== 'app' && <One key={scope.to} scope={scope} onChange={onChange} errors={errors} />}
    </div>
  );
}

/** A grant without a label is named by its id. */
const shortIfId = (name: string): string =>
  /^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(name) ? name.slice(0, 8) : name;

function One({ scope: { to, id }, onChange, errors }: Parameters<typeof ScopeField>[0]) {
  const app = useAppName();
  const can = useCan();
  const [isById, setById] = useState(false);
  const error = errors.under(`applies_to.${to}_id`) ?? errors.at('applies_to');
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <PickField
        label={policies.scopeOne[to]}
        app={app}
        kind={to === 'app' ? 'secret' : to}
        isEnabled={to !== 'app' && can(`${to}s:read`)}
        labelOf={({ name, detail, kind }) => (kind === 'grant' ? `${shortIfId(name)} · ${detail}` : name)}
        none={policies.choose}
        noneThere={policies.noneOf[to]}
        value={isById ? BY_ID : id}
        onChange={(chosen) => {
          setById(chosen === BY_ID);
          onChange({ to, id: chosen === BY_ID ? '' : chosen });
        }}
        last={[{ value: BY_ID, label: policies.byId }]}
        error={isById ? undefined : error}
      />
      {isById && (
        <TextField
          label={policies.idOf[to]}
          isCode
          value={id}
          onChange={(event) => onChange({ to, id: event.target.value.trim() })}
          error={error}
        />
      )}
    </div>
  );
}
