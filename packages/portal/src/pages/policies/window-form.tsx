/** Hours of the week: the grid, and the same as days and times. */
import { useId } from 'react';
import { policies } from '../../texts/policies.ts';
import { Button } from '../../ui/button.tsx';
import { CheckField } from '../../ui/check-field.tsx';
import { TextField } from '../../ui/field.tsx';
import { WEEK, type WindowDraft } from './draft.ts';
import type { Errors } from '../../ui/forms.ts';
import { toggled } from './week.ts';
import { WeekGrid } from './week-grid.tsx';
import { ZoneField } from './zone-field.tsx';

const WORKDAYS = WEEK.slice(0, 5);
const PRESETS = {
  office: { days: WORKDAYS, from: '09:00', to: '17:00' },
  nights: { days: WEEK, from: '22:00', to: '06:00' },
  weekend: { days: WEEK.slice(5), from: '00:00', to: '24:00' },
  always: { days: WEEK, from: '00:00', to: '24:00' },
} as const;

export function WindowForm({
  window,
  onChange,
  errors,
}: {
  readonly window: WindowDraft;
  readonly onChange: (window: WindowDraft) => void;
  readonly errors: Errors;
}) {
  const id = useId();
  const daysError = errors.under('rule.days');
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center gap-2" role="group" aria-label={policies.presets}>
        <span className="text-[13px] text-ink-3" aria-hidden>
          {policies.presets}
        </span>
        {(['office', 'nights', 'weekend', 'always'] as const).map((name) => (
          <Button key={name} size="small" onClick={() => onChange({ ...window, ...PRESETS[name] })}>
            {policies.presetNames[name]}
          </Button>
        ))}
      </div>
      <WeekGrid window={window} onChange={onChange} />
      <fieldset className="flex min-w-0 flex-col gap-1.5">
        <legend className="mb-1.5 text-[13px] font-medium">{policies.days}</legend>
        <div
          className="flex flex-wrap gap-x-5 gap-y-2"
          {...(daysError === undefined ? {} : { 'aria-describedby': id })}
        >
          {WEEK.map((day) => (
            <CheckField
              key={day}
              label={policies.dayShort[day]}
              checked={window.days.includes(day)}
              onChange={() => onChange({ ...window, days: toggled(window.days, day) })}
            />
          ))}
        </div>
        {daysError !== undefined && (
          <p id={id} className="text-[13px] font-medium text-bad">
            {daysError}
          </p>
        )}
      </fieldset>
      <div className="grid gap-4 sm:grid-cols-[7rem_7rem_1fr]">
        <TextField
          label={policies.from}
          isCode
          inputMode="numeric"
          placeholder="09:00"
          maxLength={5}
          value={window.from}
          onChange={(event) => onChange({ ...window, from: event.target.value })}
          error={errors.at('rule.from')}
        />
        <TextField
          label={policies.until}
          isCode
          inputMode="numeric"
          placeholder="17:00"
          maxLength={5}
          value={window.to}
          onChange={(event) => onChange({ ...window, to: event.target.value })}
          error={errors.at('rule.to')}
        />
        <ZoneField
          value={window.timezone}
          onChange={(timezone) => onChange({ ...window, timezone })}
          error={errors.at('rule.timezone')}
        />
      </div>
      <p className="text-[13px] text-ink-3">{policies.untilHint}</p>
    </div>
  );
}
