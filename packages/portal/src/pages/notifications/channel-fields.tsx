/** The fields of a channel: a name, where it goes, and what it tells of. */
import { notifications } from '../../texts/notifications.ts';
import { CheckField } from '../../ui/check-field.tsx';
import { ChipsField } from '../../ui/chips-field.tsx';
import { Segments } from '../../ui/choice.tsx';
import { SecretField, TextField } from '../../ui/field.tsx';
import type { Errors } from '../../ui/forms.ts';
import { EVENTS, type ChannelDraft } from './channel-draft.ts';

interface FieldsProps {
  readonly draft: ChannelDraft;
  readonly onChange: (part: Partial<ChannelDraft>) => void;
  readonly errors: Errors;
  readonly isNew: boolean;
}

export function ChannelFields(props: FieldsProps) {
  const { draft, onChange, errors } = props;
  return (
    <>
      <TextField
        label={notifications.name}
        hint={notifications.nameHint}
        value={draft.name}
        onChange={(event) => onChange({ name: event.target.value })}
        error={errors.at('name')}
      />
      <TargetFields {...props} />
      <EventsField draft={draft} onChange={onChange} errors={errors} />
    </>
  );
}

function TargetFields({ draft, onChange, errors, isNew }: FieldsProps) {
  const url = {
    value: draft.url,
    onChange: (event: { readonly target: { readonly value: string } }) =>
      onChange({ url: event.target.value }),
    error: errors.at('url'),
  };
  switch (draft.type) {
    case 'webhook':
      return (
        <TextField
          label={notifications.url}
          hint={isNew ? notifications.urlHint : notifications.urlChangeHint}
          isCode
          placeholder="https://hooks.example.com/vault"
          {...url}
        />
      );
    case 'slack':
      return (
        <SecretField
          label={notifications.slackUrl}
          hint={isNew ? notifications.slackUrlHint : notifications.slackUrlKeep}
          {...(isNew ? {} : { isOptional: true })}
          {...url}
        />
      );
    case 'smtp':
      return (
        <>
          <ChipsField
            label={notifications.to}
            hint={notifications.toHint}
            placeholder="ops@example.com"
            values={draft.to}
            onChange={(to) => onChange({ to })}
            judge={(text) => (/^[^\s@]+@[^\s@]+$/.test(text) ? undefined : notifications.notMailbox)}
            error={errors.under('to', draft.to)}
          />
          <TextField
            label={notifications.from}
            hint={notifications.fromHint}
            value={draft.from}
            onChange={(event) => onChange({ from: event.target.value })}
            error={errors.at('from')}
          />
        </>
      );
  }
}

function EventsField({ draft, onChange, errors }: Omit<FieldsProps, 'isNew'>) {
  const { isEvery, events } = draft;
  const error = errors.under('events');
  return (
    <fieldset className="flex min-w-0 flex-col gap-3">
      <legend className="mb-1.5 text-[13px] font-medium">{notifications.events}</legend>
      <Segments
        label={notifications.events}
        value={isEvery ? 'every' : 'some'}
        onChange={(chosen) => onChange({ isEvery: chosen === 'every' })}
        options={[
          { value: 'every', label: notifications.everyEvent },
          { value: 'some', label: notifications.someEvents },
        ]}
      />
      {!isEvery &&
        EVENTS.map((event) => (
          <CheckField
            key={event}
            label={notifications.eventNames[event]}
            checked={events.includes(event)}
            onChange={({ target }) =>
              onChange({
                events: target.checked ? [...events, event] : events.filter((other) => other !== event),
              })
            }
          />
        ))}
      {error !== undefined && (
        <p role="alert" className="text-[13px] font-medium text-bad">
          {error}
        </p>
      )}
    </fieldset>
  );
}
