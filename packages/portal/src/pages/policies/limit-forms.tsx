/** How many calls: in any span of time, or in each period of the calendar. */
import { policies } from '../../texts/policies.ts';
import { SelectField, TextField } from '../../ui/field.tsx';
import type { Draft, Per, Period, Unit } from './draft.ts';
import type { Errors } from '../../ui/forms.ts';
import { ZoneField } from './zone-field.tsx';

/** The options of a choice, in the order of its texts. */
function optionsOf<T extends string>(
  texts: Readonly<Record<T, string>>,
  values: readonly T[],
): { readonly value: T; readonly label: string }[] {
  return values.map((value) => ({ value, label: texts[value] }));
}

const PERS: readonly Per[] = ['grant', 'agent', 'key', 'caller'];
const UNITS: readonly Unit[] = ['second', 'minute', 'hour', 'day'];
const PERIODS: readonly Period[] = ['hour', 'day', 'month'];
const COUNTINGS = ['sliding', 'fixed'] as const;

/** A choice whose values the form knows. */
function Choice<T extends string>({
  label,
  texts,
  values,
  value,
  onChange,
}: {
  readonly label: string;
  readonly texts: Readonly<Record<T, string>>;
  readonly values: readonly T[];
  readonly value: T;
  readonly onChange: (value: T) => void;
}) {
  return (
    <SelectField
      label={label}
      options={optionsOf(texts, values)}
      value={value}
      onChange={(event) => {
        const chosen = values.find((one) => one === event.target.value);
        if (chosen !== undefined) onChange(chosen);
      }}
    />
  );
}

/** An amount of time: a number and its unit. */
export function LengthFields({
  label,
  amount,
  unit,
  onChange,
  error,
}: {
  readonly label: string;
  readonly amount: string;
  readonly unit: Unit;
  readonly onChange: (length: { readonly amount: string; readonly unit: Unit }) => void;
  readonly error: string | undefined;
}) {
  return (
    <div className="grid grid-cols-2 gap-3">
      <TextField
        label={label}
        inputMode="numeric"
        value={amount}
        onChange={(event) => onChange({ amount: event.target.value, unit })}
        error={error}
      />
      <Choice
        label={policies.unit}
        texts={policies.units}
        values={UNITS}
        value={unit}
        onChange={(chosen) => onChange({ amount, unit: chosen })}
      />
    </div>
  );
}

export function RateForm({
  rate,
  onChange,
  errors,
}: {
  readonly rate: Draft['rate'];
  readonly onChange: (rate: Draft['rate']) => void;
  readonly errors: Errors;
}) {
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <TextField
        label={policies.limit}
        inputMode="numeric"
        value={rate.limit}
        onChange={(event) => onChange({ ...rate, limit: event.target.value })}
        error={errors.at('rule.limit')}
      />
      <LengthFields
        label={policies.inAny}
        amount={rate.amount}
        unit={rate.unit}
        onChange={(length) => onChange({ ...rate, ...length })}
        error={errors.at('rule.window_seconds')}
      />
      <Choice
        label={policies.per}
        texts={policies.pers}
        values={PERS}
        value={rate.per}
        onChange={(per) => onChange({ ...rate, per })}
      />
      <Choice
        label={policies.counting}
        texts={policies.countings}
        values={COUNTINGS}
        value={rate.window}
        onChange={(window) => onChange({ ...rate, window })}
      />
    </div>
  );
}

export function QuotaForm({
  quota,
  onChange,
  errors,
}: {
  readonly quota: Draft['quota'];
  readonly onChange: (quota: Draft['quota']) => void;
  readonly errors: Errors;
}) {
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <TextField
        label={policies.limit}
        inputMode="numeric"
        value={quota.limit}
        onChange={(event) => onChange({ ...quota, limit: event.target.value })}
        error={errors.at('rule.limit')}
      />
      <Choice
        label={policies.period}
        texts={policies.periods}
        values={PERIODS}
        value={quota.period}
        onChange={(period) => onChange({ ...quota, period })}
      />
      <Choice
        label={policies.per}
        texts={policies.pers}
        values={PERS}
        value={quota.per}
        onChange={(per) => onChange({ ...quota, per })}
      />
      <ZoneField
        value={quota.timezone}
        onChange={(timezone) => onChange({ ...quota, timezone })}
        error={errors.at('rule.timezone')}
      />
    </div>
  );
}
