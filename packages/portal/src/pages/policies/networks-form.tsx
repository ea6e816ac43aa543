/** Only from, or not from, some networks: each judged as it is typed, by what the vault judges with. */
import { cidrProblem, wholeFamily } from '@alter-vault/contract/networks';
import { policies } from '../../texts/policies.ts';
import { ChipsField } from '../../ui/chips-field.tsx';
import { Segments } from '../../ui/choice.tsx';
import type { Errors } from '../../ui/forms.ts';
import { Callout } from '../../ui/layout.tsx';
import type { Draft } from './draft.ts';

const EFFECTS = ['ip_allowlist', 'ip_denylist'] as const;

export function NetworksForm({
  networks,
  onChange,
  errors,
}: {
  readonly networks: Draft['networks'];
  readonly onChange: (networks: Draft['networks']) => void;
  readonly errors: Errors;
}) {
  const { effect, cidrs } = networks;
  const wide = cidrs.filter((cidr) => wholeFamily(cidr) !== undefined);
  return (
    <div className="flex flex-col gap-4">
      <Segments
        label={policies.networksEffect}
        value={effect}
        onChange={(chosen) => onChange({ ...networks, effect: chosen })}
        options={EFFECTS.map((value) => ({ value, label: policies.networksEffects[value] }))}
      />
      <ChipsField
        label={policies.networksNames[effect]}
        hint={policies.networksHint}
        placeholder={policies.networksPlaceholder}
        values={cidrs}
        onChange={(values) => onChange({ ...networks, cidrs: values })}
        judge={cidrProblem}
        error={errors.under('rule.cidrs', cidrs)}
      />
      {wide.length > 0 && (
        <Callout tone="warn" title={policies.warnings}>
          {policies.wholeFamily(wide.join(', '))}
        </Callout>
      )}
    </div>
  );
}
