/** A time zone by its name, with those of the browser to choose from; the vault's own data decides which there are. */
import { useId } from 'react';
import { policies } from '../../texts/policies.ts';
import { TextField } from '../../ui/field.tsx';

const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];

export const ownZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;

export function ZoneField({
  value,
  onChange,
  error,
}: {
  readonly value: string;
  readonly onChange: (zone: string) => void;
  readonly error: string | undefined;
}) {
  const id = useId();
  return (
    <div className="min-w-0">
      <TextField
        label={policies.timezone}
        hint={policies.timezoneHint}
        list={id}
        value={value}
        onChange={(event) => onChange(event.target.value.trim())}
        error={error}
      />
      <datalist id={id}>
        {ZONES.map((zone) => (
          <option key={zone}>{zone}</option>
        ))}
      </datalist>
    </div>
  );
}
