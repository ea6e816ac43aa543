/** Which requests are denied, or are the only ones that pass. */
import { policies } from '../../texts/policies.ts';
import { Segments } from '../../ui/choice.tsx';
import { ConditionsForm } from './conditions-form.tsx';
import type { Draft } from './draft.ts';
import type { Errors } from '../../ui/forms.ts';

const EFFECTS = ['deny', 'allow_only'] as const;

export function RequestForm({
  request,
  onChange,
  errors,
}: {
  readonly request: Draft['request'];
  readonly onChange: (request: Draft['request']) => void;
  readonly errors: Errors;
}) {
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center gap-3">
        <span className="font-medium" aria-hidden>
          {policies.requestEffect}
        </span>
        <Segments
          label={policies.requestEffect}
          value={request.effect}
          onChange={(effect) => onChange({ ...request, effect })}
          options={EFFECTS.map((value) => ({ value, label: policies.requestEffects[value] }))}
        />
      </div>
      <ConditionsForm
        conditions={request.conditions}
        onChange={(conditions) => onChange({ ...request, conditions })}
        at="rule"
        errors={errors}
      />
    </div>
  );
}
