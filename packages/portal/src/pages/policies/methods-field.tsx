/** Methods to tick, and any other by its name. */
import { useState } from 'react';
import { policies } from '../../texts/policies.ts';
import { CheckField } from '../../ui/check-field.tsx';
import { ChipsField } from '../../ui/chips-field.tsx';

const COMMON = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
const METHOD = /^[!#$%&'*+\-.^_`|~0-9A-Z]+$/;

export function MethodsField({
  methods,
  onChange,
  error,
}: {
  readonly methods: readonly string[];
  readonly onChange: (methods: string[]) => void;
  readonly error: string | undefined;
}) {
  const others = methods.filter((method) => !COMMON.includes(method));
  const [isShown, setShown] = useState(others.length > 0);
  const known = methods.filter((method) => COMMON.includes(method));
  return (
    <fieldset className="flex min-w-0 flex-col gap-2">
      <legend className="mb-1.5 text-[13px] font-medium">{policies.methods}</legend>
      <div className="flex flex-wrap gap-x-5 gap-y-2 font-mono text-[13px]">
        {COMMON.map((method) => (
          <CheckField
            key={method}
            label={method}
            checked={methods.includes(method)}
            onChange={(event) =>
              onChange(
                event.target.checked ? [...methods, method] : methods.filter((other) => other !== method),
              )
            }
          />
        ))}
        <span className="font-sans">
          <CheckField
            label={policies.otherMethods}
            checked={isShown}
            onChange={(event) => {
              setShown(event.target.checked);
              if (!event.target.checked) onChange(known);
            }}
          />
        </span>
      </div>
      {isShown && (
        <ChipsField
          label={policies.moreMethods}
          placeholder="PURGE"
          values={others}
          onChange={(values) => onChange([...known, ...values])}
          judge={(method) => (METHOD.test(method) ? undefined : policies.notMethod)}
        />
      )}
      {error !== undefined && (
        <p role="alert" className="text-[13px] font-medium text-bad">
          {error}
        </p>
      )}
    </fieldset>
  );
}
