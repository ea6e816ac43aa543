/** The fields of injection rules, in any form that holds them as `injection`: into which places of a request the values go, and in which form. */
import { clsx } from 'clsx';
import { Plus, X } from 'lucide-react';
import { useFieldArray, useFormContext, useWatch } from 'react-hook-form';
import { rules as words } from '../texts/rules.ts';
import { Button, IconButton } from './button.tsx';
import { SelectField, TextField } from './field.tsx';
import { rule, type Rule } from './rules.ts';

interface RulesForm {
  readonly injection: Rule[];
}

/** What the vault says of a field before anything is sent. */
export type Live = (path: string) => string | undefined;

/** What most APIs ask for, as they write it. */
const PRESETS: readonly (readonly [label: string, rule: Rule])[] = [
  ['Authorization: Bearer …', rule('header', 'Authorization', 'Bearer {token}')],
  ['X-API-Key: …', rule('header', 'X-API-Key', '{token}')],
  ['?api_key=…', rule('query', 'api_key', '{token}')],
  ['/bot…/', rule('prefix', '', '/bot{token}')],
];

const KINDS: readonly Rule['kind'][] = ['header', 'query', 'prefix', 'replace', 'basic'];

export function RulesFields({
  live,
  hasPresets,
  least = 1,
}: {
  readonly live: Live;
  readonly hasPresets: boolean;
  /** So many rules there must be. */
  readonly least?: 0 | 1;
}) {
  const { control } = useFormContext<RulesForm>();
  const { fields, append, remove, replace } = useFieldArray({ control, name: 'injection', keyName: 'key' });
  return (
    <div className="flex flex-col gap-3">
      {hasPresets && (
        <div role="group" aria-label={words.presets} className="flex flex-wrap gap-1.5">
          {PRESETS.map(([label, preset]) => (
            <Button key={label} size="small" className="font-mono text-xs!" onClick={() => replace([preset])}>
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
          {...(fields.length > least ? { onRemove: () => remove(at) } : {})}
        />
      ))}
      <Button
        size="small"
        icon={<Plus aria-hidden />}
        className="self-start"
        onClick={() => append(rule('header', '', '{token}'))}
      >
        {words.addRule}
      </Button>
    </div>
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
  const { control, register, formState } = useFormContext<RulesForm>();
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
    <div
      className={clsx(
        'relative grid gap-3 rounded-lg border border-line bg-sunken/40 p-4 sm:grid-cols-2',
        onRemove !== undefined && 'pr-12',
      )}
    >
      <SelectField
        label={words.place(n)}
        options={KINDS.map((value) => ({ value, label: words.placeKinds[value] }))}
        {...register(`injection.${at}.kind`)}
        error={errors?.kind?.message}
        className={kind === 'header' || kind === 'query' ? '' : 'sm:col-span-2'}
      />
      {kind === 'header' && text('name', words.headerName(n), 'X-API-Key')}
      {kind === 'query' && text('name', words.queryName(n), 'api_key')}
      {kind === 'basic' ? (
        <>
          {text('username', words.username(n))}
          {text('password', words.password(n))}
        </>
      ) : (
        <div className="sm:col-span-2">
          {text('format', kind === 'header' || kind === 'query' ? words.format(n) : words.pathFormat(n))}
        </div>
      )}
      {onRemove !== undefined && (
        <IconButton label={words.removeRule(n)} className="absolute top-2 right-2" onClick={onRemove}>
          <X aria-hidden />
        </IconButton>
      )}
    </div>
  );
}
