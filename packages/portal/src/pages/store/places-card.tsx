/** The injection rules of a custom credential: into which places of a request its values go, and in which form. */
import { Plus, X } from 'lucide-react';
import { useFieldArray, useFormContext, useWatch } from 'react-hook-form';
import { store } from '../../texts/store.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { SelectField, TextField } from '../../ui/field.tsx';
import { Card } from '../../ui/layout.tsx';
import type { Live } from './shape.ts';
import { rule, type FormValues, type Rule } from './values.ts';

/** What most APIs ask for, as they write it. */
const PRESETS: readonly (readonly [label: string, rule: Rule])[] = [
  ['Authorization: Bearer …', rule('header', 'Authorization', 'Bearer {token}')],
  ['X-API-Key: …', rule('header', 'X-API-Key', '{token}')],
  ['?api_key=…', rule('query', 'api_key', '{token}')],
  ['/bot…/', rule('prefix', '', '/bot{token}')],
];

const KINDS: readonly Rule['kind'][] = ['header', 'query', 'prefix', 'replace', 'basic'];

export function PlacesCard({ live }: { readonly live: Live }) {
  const { control } = useFormContext<FormValues>();
  const type = useWatch({ control, name: 'credential_type' });
  const { fields, append, remove, replace } = useFieldArray({ control, name: 'injection', keyName: 'key' });
  // An AWS request is signed as a whole: there are no places to choose.
  if (type === 'aws_sigv4') return null;
  return (
    <Card title={store.places} lead={store.placesLead}>
      <div className="flex flex-col gap-3">
        {type !== 'basic' && (
          <div role="group" aria-label={store.presets} className="flex flex-wrap gap-1.5">
            {PRESETS.map(([label, preset]) => (
              <Button
                key={label}
                size="small"
                className="font-mono text-xs!"
                onClick={() => replace([preset])}
              >
                {label}
              </Button>
            ))}
          </div>
        )}
        {fields.map(({ key }, at) => (
          <RuleRow
            key={key}
            at={at}
            live={live}
            {...(fields.length > 1 ? { onRemove: () => remove(at) } : {})}
          />
        ))}
        <Button
          size="small"
          icon={<Plus aria-hidden />}
          className="self-start"
          onClick={() => append(rule('header', '', '{token}'))}
        >
          {store.addRule}
        </Button>
      </div>
    </Card>
  );
}

function RuleRow({
  at,
  live,
  onRemove,
}: {
  readonly at: number;
  readonly live: Live;
  readonly onRemove?: () => void;
}) {
  const { control, register, formState } = useFormContext<FormValues>();
  const kind = useWatch({ control, name: `injection.${at}.kind` });
  const errors = formState.errors.injection?.[at];
  const text = (part: 'name' | 'format' | 'username' | 'password', label: string, placeholder?: string) => (
    <TextField
      label={label}
      isCode
      {...(placeholder === undefined ? {} : { placeholder })}
      {...register(`injection.${at}.${part}`)}
      error={errors?.[part]?.message ?? live(`injection.${at}.${part}`)}
    />
  );
  const n = at + 1;
  return (
    <div className="relative grid gap-3 rounded-lg border border-line bg-sunken/40 p-4 pr-12 sm:grid-cols-2">
      <SelectField
        label={store.place(n)}
        options={KINDS.map((value) => ({ value, label: store.placeKinds[value] }))}
        {...register(`injection.${at}.kind`)}
        error={errors?.kind?.message}
        className={kind === 'header' || kind === 'query' ? '' : 'sm:col-span-2'}
      />
      {kind === 'header' && text('name', store.headerName(n), 'X-API-Key')}
      {kind === 'query' && text('name', store.queryName(n), 'api_key')}
      {kind === 'basic' ? (
        <>
          {text('username', store.username(n))}
          {text('password', store.password(n))}
        </>
      ) : (
        <div className="sm:col-span-2">
          {text('format', kind === 'header' || kind === 'query' ? store.format(n) : store.pathFormat(n))}
        </div>
      )}
      {onRemove !== undefined && (
        <IconButton label={store.removeRule(n)} className="absolute top-2 right-2" onClick={onRemove}>
          <X aria-hidden />
        </IconButton>
      )}
    </div>
  );
}
