/**
 * The values of a credential that takes the place of a stored one. W7: they are in the form that is open and in the body that is
 * sent once; the form is never filled with what is stored, as nobody can read that.
 */
import { isRoleField, ROLE_FIELDS } from '@alter-vault/contract/role-fields';
import type { FieldValues, Path, UseFormReturn } from 'react-hook-form';
import { useTemplate, type TemplateWithGuide } from '../../api/catalog.ts';
import { common } from '../../texts/common.ts';
import { secret as words } from '../../texts/secret.ts';
import { SecretField, TextField } from '../../ui/field.tsx';
import type { SecretItem } from './secret.ts';

/** Of a form that holds such values. */
export interface WithCredential {
  credential: Record<string, string>;
}

interface CredentialField {
  readonly name: string;
  readonly label: string;
  readonly isSecret: boolean;
  readonly isOptional: boolean;
  /** A public part of the allowed hosts, which stays. */
  readonly frozen: string | undefined;
}

export function useCredentialFields(secret: SecretItem): readonly CredentialField[] {
  const { template } = useTemplate(secret.template ?? undefined);
  return template === undefined ? ownFields(secret) : templateFields(secret, template);
}

function templateFields(secret: SecretItem, template: TemplateWithGuide): readonly CredentialField[] {
  return template.fields
    .filter(
      ({ name, optional }) => secret.fields.includes(name) || (optional === true && isOffered(name, secret)),
    )
    .map(({ name, label, secret: isSecret, optional, address }) => ({
      name,
      label,
      isSecret,
      isOptional: optional === true && name !== keptRole(secret),
      frozen: address === undefined ? undefined : secret.variables[name],
    }));
}

/** The fields of a role are asked for where there is one: a rotation must not lose it. */
const isOffered = (name: string, { fields }: SecretItem): boolean =>
  !isRoleField(name) || fields.includes('role_arn');
const keptRole = ({ fields }: SecretItem): string | undefined => fields.find((name) => name === 'role_arn');

const LABELS: Readonly<Record<string, string>> = words.fieldLabels;
const AWS_OPTIONAL = 'session_token';

function ownFields(secret: SecretItem): readonly CredentialField[] {
  const names = new Set(secret.fields);
  if (secret.credential_type === 'aws_sigv4')
    for (const name of [AWS_OPTIONAL, ...ROLE_FIELDS]) if (isOffered(name, secret)) names.add(name);
  return [...names].map((name) => ({
    name,
    label: LABELS[name] ?? name,
    isSecret:
      !secret.public_fields.includes(name) &&
      name !== 'username' &&
      name !== 'access_key_id' &&
      !isRoleField(name),
    isOptional: name === AWS_OPTIONAL || (isRoleField(name) && name !== keptRole(secret)),
    frozen: undefined,
  }));
}

/** What was filled in, and what stays as it is; undefined where nothing was. */
export function credentialOf(
  fields: readonly CredentialField[],
  values: Readonly<Record<string, string>>,
): Record<string, string> | undefined {
  const given = fields.flatMap(({ name, frozen }): [string, string][] => {
    const value = frozen ?? values[name] ?? '';
    return value === '' ? [] : [[name, value]];
  });
  return fields.some(({ name }) => (values[name] ?? '') !== '') ? Object.fromEntries(given) : undefined;
}

export const pathsOf = (fields: readonly CredentialField[]): readonly `credential.${string}`[] =>
  fields.map(({ name }) => `credential.${name}` as const);

export function CredentialFields<T extends FieldValues & WithCredential>({
  form,
  fields,
  isRequired,
}: {
  readonly form: UseFormReturn<T>;
  readonly fields: readonly CredentialField[];
  readonly isRequired: boolean;
}) {
  const { errors } = form.formState;
  return (
    <>
      {fields.map(({ name, label, isSecret, isOptional, frozen }) => {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- T has `credential`, which the compiler does not follow into its paths
        const path = `credential.${name}` as Path<T>;
        const needed = isRequired && !isOptional && frozen === undefined;
        const wired = {
          label,
          isOptional,
          error: messageAt(errors, name),
          ...form.register(path, needed ? { required: common.required } : {}),
        };
        if (frozen !== undefined)
          return <TextField key={name} label={label} hint={words.frozen} isCode value={frozen} readOnly />;
        if (!isSecret) return <TextField key={name} isCode {...wired} />;
        return (
          <SecretField
            key={name}
            {...wired}
            // An input of one line drops line breaks without a word.
            onPaste={(event) => {
              if (!/[\r\n]/.test(event.clipboardData.getData('text').trim())) return;
              event.preventDefault();
              form.setError(path, { message: words.severalLines });
            }}
          />
        );
      })}
    </>
  );
}

function messageAt(errors: object, name: string): string | undefined {
  const ofCredential: unknown = 'credential' in errors ? errors.credential : undefined;
  if (typeof ofCredential !== 'object' || ofCredential === null) return undefined;
  const entry: unknown = Object.entries(ofCredential).find(([key]) => key === name)?.[1];
  if (typeof entry !== 'object' || entry === null || !('message' in entry)) return undefined;
  return typeof entry.message === 'string' ? entry.message : undefined;
}
