/** The role that an AWS credential assumes: folded away until somebody wants one, or one of its fields is wrong. */
import type { RoleField } from '@alter-vault/contract/role-fields';
import { useState } from 'react';
import { useFormContext } from 'react-hook-form';
import { store } from '../../texts/store.ts';
import { TextField } from '../../ui/field.tsx';
import type { FormValues } from './values.ts';

export function RoleFields({ names }: { readonly names: readonly RoleField[] }) {
  const { register, formState } = useFormContext<FormValues>();
  const [isWanted, setWanted] = useState(false);
  const errors = formState.errors.credential;
  const isOpen = isWanted || names.some((name) => errors?.[name] !== undefined);
  return (
    <details
      open={isOpen}
      onToggle={(event) => setWanted(event.currentTarget.open)}
      className="rounded-lg border border-line bg-sunken/40 px-4 py-3"
    >
      <summary className="w-fit font-medium text-ink-2 hover:text-ink">{store.role.title}</summary>
      <p className="mt-2 text-[13px] text-ink-3">{store.role.lead}</p>
      <div className="mt-4 flex flex-col gap-5">
        {names.map((name) => (
          <TextField
            key={name}
            label={store.role.fields[name][0]}
            hint={store.role.fields[name][1]}
            isOptional={name !== 'role_arn'}
            isCode
            {...register(`credential.${name}`)}
            error={errors?.[name]?.message}
          />
        ))}
      </div>
    </details>
  );
}
