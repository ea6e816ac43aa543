/** Name, variables and values of a credential. What is secret is typed into fields that conceal it and that no browser fills or keeps. */
import { isRoleField, ROLE_FIELDS } from '@alter-vault/contract/role-fields';
import { Plus, X } from 'lucide-react';
import { useController, useFieldArray, useFormContext } from 'react-hook-form';
import type { TemplateWithGuide } from '../../api/catalog.ts';
import { store } from '../../texts/store.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { CheckField } from '../../ui/check-field.tsx';
import { SecretField, TextField } from '../../ui/field.tsx';
import { Card } from '../../ui/layout.tsx';
import { RadioCards } from '../../ui/radio-cards.tsx';
import type { Live } from '../../ui/rules-fields.tsx';
import { Words } from './guide.tsx';
import { RoleFields } from './role-fields.tsx';
import { DEFAULT_RULES, FIELDS, type CredentialType, type FormValues } from './values.ts';

interface Props {
  readonly template: TemplateWithGuide | undefined;
  readonly live: Live;
}

export function CredentialCard({ template, live }: Props) {
  const { register, formState } = useFormContext<FormValues>();
  return (
    <Card title={store.credential} lead={store.credentialLead}>
      <div className="flex flex-col gap-5">
        <TextField
          label={store.name}
          hint={store.nameHint}
          isCode
          {...register('name')}
          error={formState.errors.name?.message}
        />
        {template === undefined ? <OwnFields /> : <TemplateFields template={template} live={live} />}
      </div>
    </Card>
  );
}

function TemplateFields({ template, live }: { readonly template: TemplateWithGuide; readonly live: Live }) {
  const { register, formState } = useFormContext<FormValues>();
  const { errors } = formState;
  const roleFields = template.fields.map(({ name }) => name).filter(isRoleField);
  return (
    <>
      {template.variables.map(({ name, label, example, optional, default: fallback }) => (
        <TextField
          key={name}
          label={label ?? name}
          isOptional={optional === true || fallback === ''}
          isCode
          placeholder={example}
          {...hintOf(template, name)}
          {...register(`variables.${name}`)}
          error={errors.variables?.[name]?.message ?? live(`variables.${name}`)}
        />
      ))}
      {template.fields
        .filter(({ name }) => !isRoleField(name))
        .map(({ name, label, secret, optional, address }) =>
          secret ? (
            <ValueField
              key={name}
              path={`credential.${name}`}
              label={label}
              isOptional={optional === true}
              {...hintOf(template, name)}
            />
          ) : (
            <TextField
              key={name}
              label={label}
              isOptional={optional === true}
              isCode
              placeholder={address?.example}
              {...hintOf(template, name)}
              {...register(`credential.${name}`)}
              error={errors.credential?.[name]?.message}
            />
          ),
        )}
      {roleFields.length > 0 && <RoleFields names={roleFields} />}
    </>
  );
}

/** Where on the vendor's page it is found, and what it looks like. */
function hintOf({ guide }: TemplateWithGuide, name: string) {
  const value = guide.values[name];
  if (value === undefined) return {};
  return {
    hint: (
      <>
        <Words of={value.where} /> {value.looks !== undefined && store.looks(value.looks)}
      </>
    ),
  };
}

/** One value of a credential. An input of one line drops line breaks without a word: what has some is refused as it is pasted. */
function ValueField({
  path,
  ...rest
}: {
  readonly path: `credential.${string}` | `values.${string}`;
  readonly label: string;
  readonly hint?: React.ReactNode;
  readonly isOptional?: boolean;
}) {
  const { register, setError, clearErrors, getFieldState, formState } = useFormContext<FormValues>();
  return (
    <SecretField
      {...rest}
      {...register(path)}
      onPaste={(event) => {
        if (!/[\r\n]/.test(event.clipboardData.getData('text').trim())) return clearErrors(path);
        event.preventDefault();
        setError(path, { message: store.severalLines });
      }}
      error={getFieldState(path, formState).error?.message}
    />
  );
}

const TYPES: readonly CredentialType[] = ['bearer', 'api_key', 'basic', 'aws_sigv4'];

/** What a credential without a template consists of. */
function OwnFields() {
  const { control, register, setValue, formState } = useFormContext<FormValues>();
  const { field: type } = useController({ control, name: 'credential_type' });
  const names = FIELDS[type.value];
  const { errors } = formState;
  return (
    <>
      <RadioCards
        label={store.type}
        value={type.value}
        onChange={(chosen) => {
          type.onChange(chosen);
          setValue('injection', [...DEFAULT_RULES[chosen]]);
        }}
        options={TYPES.map((value) => ({
          value,
          label: store.types[value][0],
          hint: store.types[value][1],
        }))}
      />
      {names.map((name) =>
        name === 'username' || name === 'access_key_id' ? (
          <TextField
            key={`${type.value}.${name}`}
            label={store.fields[name]}
            isCode
            {...register(`credential.${name}`)}
            error={errors.credential?.[name]?.message}
          />
        ) : (
          <ValueField
            key={`${type.value}.${name}`}
            path={`credential.${name}`}
            label={type.value === 'api_key' ? store.fields.api_key : store.fields[name]}
          />
        ),
      )}
      {type.value === 'api_key' && <MoreFields />}
      {type.value === 'aws_sigv4' && (
        <>
          <ValueField path="credential.session_token" label={store.fields.session_token} isOptional />
          <RoleFields names={ROLE_FIELDS} />
        </>
      )}
    </>
  );
}

/** Further named values of an API key, such as a tenant or a second key. */
function MoreFields() {
  const { control, register, unregister, formState } = useFormContext<FormValues>();
  const { fields, append, remove } = useFieldArray({ control, name: 'more', keyName: 'key' });
  return (
    <fieldset className="flex min-w-0 flex-col gap-3">
      {fields.length > 0 && (
        <legend className="mb-1 text-[13px]">
          <span className="font-medium">{store.more.title}</span>{' '}
          <span className="text-ink-3">{store.more.lead}</span>
        </legend>
      )}
      {fields.map(({ key, row }, at) => (
        <div
          key={key}
          className="relative flex flex-col gap-3 rounded-lg border border-line bg-sunken/40 p-4"
        >
          <div className="grid gap-3 pr-8 sm:grid-cols-2">
            <TextField
              label={store.more.name(at + 1)}
              isCode
              placeholder="tenant"
              {...register(`more.${at}.name`)}
              error={formState.errors.more?.[at]?.name?.message}
            />
            <ValueField path={`values.${row}`} label={store.more.value(at + 1)} />
          </div>
          <CheckField label={store.more.isPublic} {...register(`more.${at}.isPublic`)} />
          <IconButton
            label={store.more.remove(at + 1)}
            className="absolute top-2 right-2"
            onClick={() => {
              remove(at);
              unregister(`values.${row}`);
            }}
          >
            <X aria-hidden />
          </IconButton>
        </div>
      ))}
      <Button
        size="small"
        icon={<Plus aria-hidden />}
        className="self-start"
        onClick={() => append({ row: crypto.randomUUID(), name: '', isPublic: false })}
      >
        {store.more.add}
      </Button>
    </fieldset>
  );
}
