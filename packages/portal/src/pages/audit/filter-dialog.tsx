/** All filters of the search in one form. Values of the context are pairs of any names. */
import { Plus, X } from 'lucide-react';
import { useState } from 'react';
import { audit } from '../../texts/audit.ts';
import { common } from '../../texts/common.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { SelectField, TextField } from '../../ui/field.tsx';
import { PickField, type PickKind } from '../../ui/pick-field.tsx';
import { contextKey, contextName, isContext, type FilterName, type Filters } from './filters.ts';
import type { Named } from './names.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const KINDS = [
  'call.authorized',
  'call.completed',
  'call.denied',
  'call.held',
  'approval.decided',
  'secret.created',
  'secret.updated',
  'secret.rotated',
  'secret.deleted',
  'grant.created',
  'grant.cloned',
  'grant.revoked',
  'key.created',
  'key.updated',
  'key.rotated',
  'key.revoked',
  'agent.created',
  'agent.updated',
  'agent.deleted',
  'policy.created',
  'policy.updated',
  'policy.deleted',
  'member.signed_in',
];

type Pair = readonly [key: string, value: string];

export function FilterDialog({
  app,
  filters,
  onApply,
  onClose,
}: {
  readonly filters: Filters;
  readonly app: string;
  readonly onApply: (filters: Record<string, string>) => void;
  readonly onClose: () => void;
}) {
  const [values, setValues] = useState<Filters>(() =>
    Object.fromEntries(Object.entries(filters).filter(([name]) => !isContext(name))),
  );
  const [pairs, setPairs] = useState<readonly Pair[]>(() =>
    Object.entries(filters).flatMap(([name, value]): Pair[] =>
      isContext(name) ? [[contextKey(name), value]] : [],
    ),
  );
  const set = (name: FilterName, value: string) => setValues({ ...values, [name]: value });
  const text = (name: FilterName, isCode = true) => ({
    label: audit.names[name],
    isCode,
    value: values[name] ?? '',
    onChange: (event: { target: { value: string } }) => set(name, event.target.value),
  });
  const choice = (name: FilterName, options: readonly Named[]) => ({
    label: audit.names[name],
    value: values[name] ?? '',
    onChange: (event: { target: { value: string } }) => set(name, event.target.value),
    options: optionsOf(options, values[name]),
  });
  const one = (name: FilterName, kind: PickKind) => ({
    app,
    kind,
    label: audit.names[name],
    none: audit.any,
    value: values[name] ?? '',
    onChange: (id: string) => set(name, id),
  });
  const words = (list: readonly string[]): Named[] => list.map((name) => ({ id: name, name }));
  return (
    <Dialog isOpen onClose={onClose} title={audit.filters} lead={audit.filtersLead}>
      <form
        className="flex flex-col gap-5 pt-1"
        onSubmit={(event) => {
          event.preventDefault();
          const given = [
            ...Object.entries(values),
            ...pairs.map(([key, value]): Pair => [contextName(key.trim()), value]),
          ];
          const isGiven = ([name, value]: Pair): boolean => value.trim() !== '' && name !== contextName('');
          onApply(Object.fromEntries(given.filter(isGiven).map(([name, value]) => [name, value.trim()])));
        }}
      >
        <div className="grid gap-x-4 gap-y-4 sm:grid-cols-2">
          <SelectField {...choice('kind', words(KINDS))} />
          <SelectField {...choice('decision', words(Object.keys(audit.decisions)))} />
          <PickField {...one('secret_id', 'secret')} />
          <PickField {...one('agent_id', 'agent')} />
          <PickField {...one('key_id', 'key')} />
          <TextField {...text('grant_id')} />
          <TextField {...text('caller', false)} />
          <SelectField {...choice('mode', words(Object.keys(audit.modes)))} />
          <SelectField {...choice('method', words(METHODS))} />
          <TextField {...text('host')} />
          <TextField {...text('url_prefix')} className="sm:col-span-2" />
          <TextField {...text('status_code')} inputMode="numeric" />
          <TextField {...text('code')} />
          <TextField {...text('flag')} />
          <TextField {...text('approval_id')} />
        </div>
        <fieldset className="flex flex-col gap-2">
          <legend className="text-[13px] font-medium">{audit.context}</legend>
          <p className="text-[13px] text-ink-3">{audit.contextLead}</p>
          {pairs.map(([key, value], index) => (
            <ContextPair
              key={index}
              pair={[key, value]}
              index={index + 1}
              onChange={(pair) => setPairs(pairs.with(index, pair))}
              onRemove={() => setPairs(pairs.toSpliced(index, 1))}
            />
          ))}
          <Button
            look="quiet"
            size="small"
            className="self-start"
            icon={<Plus aria-hidden />}
            onClick={() => setPairs([...pairs, ['', '']])}
          >
            {audit.addContext}
          </Button>
        </fieldset>
        <div className="flex flex-wrap justify-end gap-2">
          <Button
            look="quiet"
            className="mr-auto"
            onClick={() => {
              setValues({});
              setPairs([]);
            }}
          >
            {audit.clearFilters}
          </Button>
          <Button onClick={onClose}>{common.cancel}</Button>
          <Button type="submit" look="primary">
            {audit.apply}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function ContextPair({
  pair: [key, value],
  index,
  onChange,
  onRemove,
}: {
  readonly pair: Pair;
  readonly index: number;
  readonly onChange: (pair: Pair) => void;
  readonly onRemove: () => void;
}) {
  return (
    <div className="flex items-end gap-2">
      <TextField
        label={audit.contextKey}
        className="flex-1"
        isCode
        value={key}
        onChange={(event) => onChange([event.target.value, value])}
      />
      <TextField
        label={audit.contextValue}
        className="flex-1"
        isCode
        value={value}
        onChange={(event) => onChange([key, event.target.value])}
      />
      <IconButton label={audit.removeContext(index)} className="mb-0.5" onClick={onRemove}>
        <X aria-hidden />
      </IconButton>
    </div>
  );
}

/** What is looked for stays to be chosen, also when the list does not hold it. */
function optionsOf(list: readonly Named[], value: string | undefined) {
  const isKnown = value === undefined || value === '' || list.some(({ id }) => id === value);
  return [
    { value: '', label: audit.any },
    ...(isKnown ? [] : [{ value, label: value }]),
    ...list.map(({ id, name }) => ({ value: id, label: name })),
  ];
}
