/** Conditions on a request: methods, hosts, paths, parameters, and tests of the JSON body. */
import { Plus, X } from 'lucide-react';
import { policies } from '../../texts/policies.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { ChipsField } from '../../ui/chips-field.tsx';
import { AreaField, SelectField, TextField } from '../../ui/field.tsx';
import type { ConditionsDraft, JsonDraft, QueryDraft } from './draft.ts';
import type { Errors } from '../../ui/forms.ts';
import { MethodsField } from './methods-field.tsx';

interface PartProps {
  readonly conditions: ConditionsDraft;
  readonly onChange: (conditions: ConditionsDraft) => void;
  /** The path of the conditions in what is sent. */
  readonly at: string;
  readonly errors: Errors;
}

export function ConditionsForm(props: PartProps) {
  const { conditions, onChange, at, errors } = props;
  const nothing = errors.at(at);
  return (
    <div className="flex flex-col gap-5">
      <p className="text-[13px] text-ink-3">{policies.conditionsLead}</p>
      {nothing !== undefined && (
        <p role="alert" className="text-[13px] font-medium text-bad">
          {nothing}
        </p>
      )}
      <MethodsField
        methods={conditions.methods}
        onChange={(methods) => onChange({ ...conditions, methods })}
        error={errors.under(`${at}.methods`, conditions.methods)}
      />
      <div className="grid gap-4 lg:grid-cols-2">
        <ChipsField
          label={policies.hosts}
          hint={policies.hostsHint}
          isOptional
          placeholder="api.example.com"
          values={conditions.hosts}
          onChange={(hosts) => onChange({ ...conditions, hosts })}
          error={errors.under(`${at}.hosts`, conditions.hosts)}
        />
        <ChipsField
          label={policies.paths}
          hint={policies.pathsHint}
          isOptional
          placeholder="/v1/payments/**"
          values={conditions.paths}
          onChange={(paths) => onChange({ ...conditions, paths })}
          judge={(path) => (path.startsWith('/') ? undefined : policies.notPath)}
          error={errors.under(`${at}.paths`, conditions.paths)}
        />
      </div>
      <QueryPart {...props} />
      <JsonPart {...props} />
    </div>
  );
}

/** A list with one of its items replaced, or left out. */
function replaced<T>(list: readonly T[], index: number, item: T | undefined): T[] {
  return list.flatMap((one, at) => (at === index ? (item === undefined ? [] : [item]) : [one]));
}

function QueryPart({ conditions, onChange, at, errors }: PartProps) {
  const { query } = conditions;
  const set = (index: number, item: QueryDraft | undefined) =>
    onChange({ ...conditions, query: replaced(query, index, item) });
  return (
    <fieldset className="flex min-w-0 flex-col gap-3">
      <legend className="mb-1.5 text-[13px] font-medium">{policies.query}</legend>
      {query.map((one, index) => (
        <div key={index} className="grid gap-3 rounded-lg border border-line p-3 sm:grid-cols-[1fr_1fr_auto]">
          <TextField
            label={policies.queryName}
            isCode
            value={one.name}
            onChange={(event) => set(index, { ...one, name: event.target.value })}
            error={errors.at(`${at}.query.#${index}.name`)}
          />
          <AreaField
            label={policies.queryValues}
            hint={policies.queryValuesHint}
            isCode
            rows={2}
            value={one.values}
            onChange={(event) => set(index, { ...one, values: event.target.value })}
            error={errors.at(`${at}.query.#${index}.values`) ?? errors.under(`${at}.query.${one.name}`)}
          />
          <IconButton label={policies.removeQuery(one.name)} onClick={() => set(index, undefined)}>
            <X aria-hidden />
          </IconButton>
        </div>
      ))}
      <div>
        <Button
          size="small"
          icon={<Plus aria-hidden />}
          onClick={() => onChange({ ...conditions, query: [...query, { name: '', values: '' }] })}
        >
          {policies.addQuery}
        </Button>
      </div>
    </fieldset>
  );
}

const OPS = ['equals', 'in', 'lte', 'gte', 'matches'] as const;

function JsonPart({ conditions, onChange, at, errors }: PartProps) {
  const { json } = conditions;
  const set = (index: number, item: JsonDraft | undefined) =>
    onChange({ ...conditions, json: replaced(json, index, item) });
  return (
    <fieldset className="flex min-w-0 flex-col gap-3">
      <legend className="mb-1.5 text-[13px] font-medium">{policies.json}</legend>
      {json.length > 0 && <p className="text-[13px] text-ink-3">{policies.jsonLead}</p>}
      {json.map((one, index) => (
        <div
          key={index}
          className="grid gap-3 rounded-lg border border-line p-3 sm:grid-cols-[1fr_9rem_1fr_auto]"
        >
          <TextField
            label={policies.pointer}
            hint={policies.pointerHint}
            isCode
            placeholder="/amount"
            value={one.pointer}
            onChange={(event) => set(index, { ...one, pointer: event.target.value.trim() })}
            error={errors.at(`${at}.json.${index}.pointer`)}
          />
          <SelectField
            label={policies.op}
            options={OPS.map((value) => ({ value, label: policies.ops[value] }))}
            value={one.op}
            onChange={(event) => {
              const op = OPS.find((known) => known === event.target.value);
              if (op !== undefined) set(index, { ...one, op });
            }}
          />
          <JsonValue
            json={one}
            onChange={(value) => set(index, { ...one, value })}
            error={errors.under(`${at}.json.${index}.value`)}
          />
          <IconButton label={policies.removeJson(one.pointer)} onClick={() => set(index, undefined)}>
            <X aria-hidden />
          </IconButton>
        </div>
      ))}
      <div>
        <Button
          size="small"
          icon={<Plus aria-hidden />}
          onClick={() =>
            onChange({ ...conditions, json: [...json, { pointer: '', op: 'equals', value: '' }] })
          }
        >
          {policies.addJson}
        </Button>
      </div>
    </fieldset>
  );
}

function JsonValue({
  json: { op, value },
  onChange,
  error,
}: {
  readonly json: JsonDraft;
  readonly onChange: (value: string) => void;
  readonly error: string | undefined;
}) {
  if (op === 'in')
    return (
      <AreaField
        label={policies.value}
        hint={policies.valuesHint}
        isCode
        rows={2}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        error={error}
      />
    );
  return (
    <TextField
      label={policies.value}
      hint={op === 'matches' ? policies.patternHint : op === 'equals' ? policies.valueHint : undefined}
      isCode
      value={value}
      onChange={(event) => onChange(event.target.value)}
      error={error}
    />
  );
}
