/** The fields of the rule that signs requests to AWS, in any form that holds it as `aws`: for what it signs, and its limits. */
import { PRESIGN_SECONDS_DEFAULT_MAX, PRESIGN_SECONDS_MAX } from '@alter-vault/contract/nouns';
import { useController, useFormContext, useWatch } from 'react-hook-form';
import { aws as words } from '../texts/aws.ts';
import { common } from '../texts/common.ts';
import { isSeconds, OTHER, PRESIGN_CHOICES, type AwsRule } from './aws.ts';
import { ChipsField } from './chips-field.tsx';
import { SelectField, TextField } from './field.tsx';
import type { Live } from './rules-fields.tsx';

interface AwsForm {
  readonly aws: AwsRule;
}

export function AwsFields({ live }: { readonly live: Live }) {
  const { register, formState } = useFormContext<AwsForm>();
  const errors = formState.errors.aws;
  return (
    <div className="flex flex-col gap-5">
      <div className="grid gap-5 sm:grid-cols-2">
        <TextField
          label={words.service}
          hint={words.serviceHint}
          isOptional
          isCode
          {...register('aws.service')}
          error={errors?.service?.message ?? live('aws.service')}
        />
        <TextField
          label={words.region}
          hint={words.regionHint}
          isOptional
          isCode
          {...register('aws.region')}
          error={errors?.region?.message ?? live('aws.region')}
        />
      </div>
      <fieldset className="flex min-w-0 flex-col gap-5 border-t border-line pt-4">
        <legend className="sr-only">{words.limits}</legend>
        <div aria-hidden>
          <p className="text-[13px] font-semibold">{words.limits}</p>
          <p className="text-[13px] text-ink-3">{words.limitsLead}</p>
        </div>
        <div className="grid gap-5 sm:grid-cols-2">
          <NamesField
            name="services"
            label={words.services}
            hint={words.servicesHint}
            placeholder={words.anyService}
            live={live}
          />
          <NamesField
            name="regions"
            label={words.regions}
            hint={words.regionsHint}
            placeholder={words.anyRegion}
            live={live}
          />
        </div>
        <PresignField live={live} />
      </fieldset>
    </div>
  );
}

/** AWS writes these names in small letters; people do not always. */
function NamesField({
  name,
  live,
  ...rest
}: {
  readonly name: 'services' | 'regions';
  readonly label: string;
  readonly hint: string;
  readonly placeholder: string;
  readonly live: Live;
}) {
  const { control } = useFormContext<AwsForm>();
  const { field, fieldState } = useController({ control, name: `aws.${name}` });
  return (
    <ChipsField
      {...rest}
      isOptional
      values={field.value}
      onChange={(values) => field.onChange([...new Set(values.map((value) => value.toLowerCase()))])}
      error={fieldState.error?.message ?? live(`aws.${name}`)}
    />
  );
}

const CHOICES = PRESIGN_CHOICES.map((seconds) => ({
  value: String(seconds),
  label:
    seconds === 0
      ? words.presignNone
      : seconds === PRESIGN_SECONDS_MAX
        ? words.presignLongest(seconds)
        : words.presignFor(seconds),
}));

/** How long presigned URLs may live. */
export function PresignField({ live }: { readonly live: Live }) {
  const { control, register, formState } = useFormContext<AwsForm>();
  const isOther = useWatch({ control, name: 'aws.presign' }) === OTHER;
  const error = formState.errors.aws?.presign_seconds_max?.message ?? live('aws.presign_seconds_max');
  return (
    <div className="grid gap-5 sm:grid-cols-2">
      <SelectField
        label={words.presign}
        hint={words.presignHint}
        className={isOther ? '' : 'sm:col-span-2'}
        options={[
          { value: '', label: words.presignDefault(PRESIGN_SECONDS_DEFAULT_MAX) },
          ...CHOICES,
          { value: OTHER, label: words.presignOther },
        ]}
        {...register('aws.presign')}
        error={isOther ? undefined : error}
      />
      {isOther && (
        <TextField
          label={words.presignSeconds}
          hint={words.presignSecondsHint}
          inputMode="numeric"
          isCode
          {...register('aws.presign_seconds_max', {
            required: common.required,
            validate: (text) => isSeconds(text) || words.notWhole,
            shouldUnregister: true,
          })}
          error={error}
        />
      )}
    </div>
  );
}
