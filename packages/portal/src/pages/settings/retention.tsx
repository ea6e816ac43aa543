/** How long the audit log is kept. Setting it needs a step-up, and takes effect a day later. */
import { useState } from 'react';
import { useChange } from '../../api/queries.ts';
import { useCan } from '../../api/session.ts';
import { plural } from '../../texts/numbers.ts';
import { settings } from '../../texts/settings.ts';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { sentence } from '../../ui/forms.ts';
import { Callout, Card, ErrorNote } from '../../ui/layout.tsx';
import { RadioCards } from '../../ui/radio-cards.tsx';
import { Countdown } from '../../ui/time.tsx';
import { useToasts } from '../../ui/toast.tsx';
import type { Settings } from './settings-page.tsx';

const MONTHS_MAX = 1200;
/** A year and the month that is not over yet. */
const MONTHS_FIRST = 13;

export function RetentionCard({ read }: { readonly read: Settings }) {
  const { audit_retention: now, vault } = read;
  const can = useCan();
  return (
    <Card title={settings.retention} lead={settings.retentionLead}>
      <div className="flex flex-col gap-4">
        {now.in_force_at !== null && (
          <Callout
            tone="warn"
            title={
              <>
                {settings.retentionPending} <Countdown until={now.in_force_at} over={settings.retentionNow} />
              </>
            }
          >
            {settings.retentionPendingText}
          </Callout>
        )}
        {can('settings:write') ? (
          <RetentionForm now={now} />
        ) : (
          <p className="font-medium">
            {now.months === null ? settings.forever : plural(now.months, 'month')}
          </p>
        )}
        {now.is_default && <p className="text-[13px] text-ink-3">{settings.retentionDefault}</p>}
        {!vault.has_owner_role && <Callout>{settings.noOwnerRole}</Callout>}
      </div>
    </Card>
  );
}

function RetentionForm({ now }: { readonly now: Settings['audit_retention'] }) {
  const [choice, setChoice] = useState<'forever' | 'months'>(now.months === null ? 'forever' : 'months');
  const [text, setText] = useState(String(now.months ?? now.months_min ?? MONTHS_FIRST));
  const toasts = useToasts();
  const change = useChange('changeSettings', {
    outdates: ['getSettings'],
    onDone: () => toasts.done(settings.retentionSaved),
  });
  const months = /^\d+$/.test(text.trim()) ? Number(text) : 0;
  const isRight = months >= 1 && months <= MONTHS_MAX;
  const wanted = choice === 'forever' ? null : months;
  const issue = change.error?.issues.find(({ path }) => path === 'audit_retention_months')?.message;
  return (
    <form
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (wanted === null || isRight) change.mutate({ body: { audit_retention_months: wanted } });
      }}
    >
      <RadioCards
        label={settings.retentionChoice}
        value={choice}
        onChange={setChoice}
        options={[
          { value: 'forever', label: settings.forever, hint: settings.foreverHint },
          { value: 'months', label: settings.limited, hint: settings.limitedHint },
        ]}
      />
      {choice === 'months' && (
        <TextField
          label={settings.months}
          inputMode="numeric"
          className="max-w-48"
          value={text}
          onChange={(event) => {
            change.reset();
            setText(event.target.value);
          }}
          error={isRight ? issue && sentence(issue) : settings.monthsWrong}
          {...(now.months_min === null ? {} : { hint: settings.monthsHint(now.months_min) })}
        />
      )}
      <ErrorNote error={issue === undefined ? change.error : null} />
      <div>
        <Button
          type="submit"
          look="primary"
          isBusy={change.isPending}
          disabled={wanted === now.months || (wanted !== null && !isRight)}
        >
          {settings.save}
        </Button>
      </div>
    </form>
  );
}
