/** What a policy applies to: the app, or one thing in it, chosen by name. */
import { Bot, Boxes, KeyRound, Ticket } from 'lucide-react';
import { useState } from 'react';
import { policies } from '../../texts/policies.ts';
import { SelectField, TextField } from '../../ui/field.tsx';
import { RadioCards } from '../../ui/radio-cards.tsx';
import { SCOPES, type Scope } from './draft.ts';
import type { Errors } from '../../ui/forms.ts';
import type { Names } from './names.ts';

const ICONS = { app: <Boxes />, secret: <KeyRound />, grant: <Ticket />, agent: <Bot /> } as const;
const BY_ID = 'by-id';

export function ScopeField({
  scope,
  names,
  onChange,
  errors,
}: {
  readonly scope: Scope;
  readonly names: Names;
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
      {scope.to !== 'app' && (
        <One key={scope.to} scope={scope} names={names} onChange={onChange} errors={errors} />
      )}
    </div>
  );
}

function One({ scope: { to, id }, names, onChange, errors }: Parameters<typeof ScopeField>[0]) {
  const listed = to === 'app' ? [] : names[to];
  const isListed = listed.some((one) => one.id === id);
  const [isById, setById] = useState(id !== '' && !isListed && !names.isPending);
  const error = errors.under(`applies_to.${to}_id`) ?? errors.at('applies_to');
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <SelectField
        label={policies.scopeOne[to]}
        hint={listed.length === 0 && !names.isPending ? policies.noneOf[to] : undefined}
        value={isById ? BY_ID : id}
        onChange={(event) => {
          setById(event.target.value === BY_ID);
          onChange({ to, id: event.target.value === BY_ID ? '' : event.target.value });
        }}
        options={[
          { value: '', label: policies.choose },
          ...listed.map((one) => ({ value: one.id, label: one.name })),
          ...(id !== '' && !isListed && !isById ? [{ value: id, label: names.nameOf({ to, id }) }] : []),
          { value: BY_ID, label: policies.byId },
        ]}
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
