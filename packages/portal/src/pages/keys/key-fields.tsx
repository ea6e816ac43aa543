/** The fields of an API key's form. */
import { cidrProblem } from '@alter-vault/contract/networks';
import { useController, useWatch, type UseFormReturn } from 'react-hook-form';
import { useCan } from '../../api/session.ts';
import { common } from '../../texts/common.ts';
import { keys } from '../../texts/keys.ts';
import { CheckField } from '../../ui/check-field.tsx';
import { ChipsField } from '../../ui/chips-field.tsx';
import { ExpiryField, isAhead, LONG_SPANS, type Expiry } from '../../ui/expiry-field.tsx';
import { TextField } from '../../ui/field.tsx';
import { PickField } from '../../ui/pick-field.tsx';
import { RadioCards } from '../../ui/radio-cards.tsx';

export interface KeyFields {
  name: string;
  kind: 'app' | 'agent';
  agent_id: string;
  ip_allowlist: string[];
  requests_per_minute: string;
  allow_release: boolean;
  owner_member_id: string;
  expires_at: Expiry;
}

export type KeyForm = UseFormReturn<KeyFields>;

export function NameField({ form }: { readonly form: KeyForm }) {
  return (
    <TextField
      label={keys.name}
      hint={keys.nameHint}
      {...form.register('name', { required: common.required })}
      error={form.formState.errors.name?.message}
    />
  );
}

/** Who the key acts for. An agent's key is not trusted with credentials unless told otherwise. */
export function Holder({ form, app }: { readonly form: KeyForm; readonly app: string }) {
  const can = useCan();
  const { field } = useController({ control: form.control, name: 'kind' });
  // Held by React: the choices come after the field, and it must keep what was chosen before them.
  const { field: agent } = useController({
    control: form.control,
    name: 'agent_id',
    rules: { validate: (id, { kind }) => kind === 'app' || id !== '' || common.required },
  });
  return (
    <>
      <RadioCards
        label={keys.belongsTo}
        value={field.value}
        onChange={(kind) => {
          field.onChange(kind);
          form.setValue('allow_release', kind === 'app');
        }}
        options={[
          { value: 'app', label: keys.theApp, hint: keys.theAppHint },
          { value: 'agent', label: keys.anAgent, hint: keys.anAgentHint },
        ]}
      />
      {field.value === 'agent' && (
        <PickField
          label={keys.agent}
          app={app}
          kind="agent"
          isEnabled={can('agents:read')}
          labelOf={({ name, detail }) => detail || name}
          none={keys.chooseAgent}
          noneThere={keys.noAgents}
          value={agent.value}
          onChange={agent.onChange}
          error={form.formState.errors.agent_id?.message}
        />
      )}
    </>
  );
}

export function Restrictions({ form }: { readonly form: KeyForm }) {
  const { errors } = form.formState;
  const ends = useWatch({ control: form.control, name: 'expires_at' });
  const { field: allowlist } = useController({ control: form.control, name: 'ip_allowlist' });
  return (
    <>
      <ExpiryField
        spans={LONG_SPANS}
        value={ends}
        choice={form.register('expires_at.choice')}
        at={form.register('expires_at.at', { validate: (_, { expires_at: chosen }) => isAhead(chosen) })}
        error={errors.expires_at?.at?.message ?? errors.expires_at?.message}
      />
      <ChipsField
        label={keys.allowlist}
        hint={keys.allowlistHint}
        isOptional
        placeholder={keys.allowlistExample}
        values={allowlist.value}
        onChange={allowlist.onChange}
        judge={cidrProblem}
        error={errors.ip_allowlist?.message}
      />
      <TextField
        label={keys.requestsPerMinute}
        hint={keys.requestsPerMinuteHint}
        isOptional
        inputMode="numeric"
        {...form.register('requests_per_minute', {
          pattern: { value: /^[1-9]\d*$/, message: keys.wholeNumber },
        })}
        error={errors.requests_per_minute?.message}
      />
      <CheckField
        label={keys.allowRelease}
        hint={keys.allowReleaseHint}
        {...form.register('allow_release')}
      />
    </>
  );
}

/** Offered to who may see the members; for others the vault's own choice is right. */
export function OwnerField({ form, app }: { readonly form: KeyForm; readonly app: string }) {
  const can = useCan();
  const { field } = useController({ control: form.control, name: 'owner_member_id' });
  if (!can('members:read')) return null;
  return (
    <PickField
      label={keys.owner}
      hint={keys.ownerHint}
      app={app}
      kind="member"
      none={keys.ownerByDefault}
      value={field.value}
      onChange={field.onChange}
      error={form.formState.errors.owner_member_id?.message}
    />
  );
}
