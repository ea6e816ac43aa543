/** The fields of a grant's form. */
import { useController, useWatch, type UseFormReturn } from 'react-hook-form';
import { useCan } from '../../../api/session.ts';
import { common } from '../../../texts/common.ts';
import { grants as words } from '../../../texts/grants.ts';
import { CheckField } from '../../../ui/check-field.tsx';
import { ExpiryField, isAhead, type Expiry } from '../../../ui/expiry-field.tsx';
import { SelectField, TextField } from '../../../ui/field.tsx';
import { PickField } from '../../../ui/pick-field.tsx';
import { RadioCards } from '../../../ui/radio-cards.tsx';

type PrincipalType = 'system' | 'agent' | 'user' | 'group';

export interface GrantFields {
  label: string;
  principal: { type: PrincipalType; id: string };
  expires_at: Expiry;
  calls_max: string;
  period: 'hour' | 'day' | 'month';
  is_read_only: boolean;
}

type GrantForm = UseFormReturn<GrantFields>;

const HOUR = 3600;
const DAY = 24 * HOUR;
/** What is handed out for one task lives shortly. */
const SPANS = [HOUR / 4, HOUR, 8 * HOUR, DAY, 7 * DAY, 30 * DAY] as const;

export function LabelField({ form }: { readonly form: GrantForm }) {
  return (
    <TextField
      label={words.label}
      hint={words.labelHint}
      isOptional
      {...form.register('label')}
      error={form.formState.errors.label?.message}
    />
  );
}

export function LifetimeField({ form, never }: { readonly form: GrantForm; readonly never: string }) {
  const value = useWatch({ control: form.control, name: 'expires_at' });
  const errors = form.formState.errors.expires_at;
  return (
    <ExpiryField
      label={words.ends}
      never={never}
      spans={SPANS}
      value={value}
      choice={form.register('expires_at.choice')}
      at={form.register('expires_at.at', { validate: (_, { expires_at: ends }) => isAhead(ends) })}
      error={errors?.at?.message ?? errors?.message}
    />
  );
}

const TYPES: readonly PrincipalType[] = ['system', 'agent', 'user', 'group'];

export function HolderFields({ form, app }: { readonly form: GrantForm; readonly app: string }) {
  const can = useCan();
  const { field: type } = useController({ control: form.control, name: 'principal.type' });
  const { field: id } = useController({
    control: form.control,
    name: 'principal.id',
    rules: {
      validate: (text, { principal }) => principal.type === 'system' || text.trim() !== '' || common.required,
    },
  });
  const error = form.formState.errors.principal?.id?.message;
  return (
    <>
      <RadioCards
        label={words.holder}
        value={type.value}
        onChange={(chosen) => {
          type.onChange(chosen);
          id.onChange('');
        }}
        options={TYPES.map((value) => ({
          value,
          label: words.holders[value][0],
          hint: words.holders[value][1],
        }))}
      />
      {type.value === 'agent' && (
        <PickField
          label={words.agent}
          app={app}
          kind="agent"
          isEnabled={can('agents:read')}
          labelOf={({ name, detail }) => detail || name}
          none={words.chooseAgent}
          noneThere={words.noAgents}
          value={id.value}
          onChange={id.onChange}
          error={error}
        />
      )}
      {(type.value === 'user' || type.value === 'group') && (
        <TextField
          label={type.value === 'user' ? words.userId : words.groupId}
          isCode
          {...id}
          error={error}
        />
      )}
    </>
  );
}

const PERIODS = ['hour', 'day', 'month'] as const;

/** Policies that are made together with a clone; any other rule is made on the page of policies. */
export function NarrowerFields({ form }: { readonly form: GrantForm }) {
  return (
    <fieldset className="flex min-w-0 flex-col gap-4 border-t border-line pt-4">
      <legend className="sr-only">{words.narrower}</legend>
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label={words.callsMax}
          hint={words.callsMaxHint}
          isOptional
          inputMode="numeric"
          {...form.register('calls_max', { pattern: { value: /^[1-9]\d*$/, message: words.wholeNumber } })}
          error={form.formState.errors.calls_max?.message}
        />
        <SelectField
          label={words.per}
          options={PERIODS.map((value) => ({ value, label: words.periods[value] }))}
          {...form.register('period')}
        />
      </div>
      <CheckField label={words.readOnly} hint={words.readOnlyHint} {...form.register('is_read_only')} />
    </fieldset>
  );
}
