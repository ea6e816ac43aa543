/** A code of the authenticator app or a recovery code, where a password alone is not enough. */
import type { UseFormRegisterReturn } from 'react-hook-form';
import { secondFactor } from '../texts/second-factor.ts';
import { SelectField, TextField } from './field.tsx';

export interface SecondFactor {
  factor: 'totp' | 'recovery_code';
  code: string;
}

/** As the API takes it: nothing where no code was given. */
export function factorOf({ factor, code }: SecondFactor): { totp_code?: string; recovery_code?: string } {
  const given = code.replaceAll(/\s/g, '');
  if (given === '') return {};
  return factor === 'totp' ? { totp_code: given } : { recovery_code: given };
}

export function SecondFactorFields({
  factor,
  code,
}: {
  readonly factor: UseFormRegisterReturn;
  readonly code: UseFormRegisterReturn;
}) {
  return (
    <>
      <SelectField
        label={secondFactor.kind}
        options={[
          { value: 'totp', label: secondFactor.totp },
          { value: 'recovery_code', label: secondFactor.recoveryCode },
        ]}
        {...factor}
      />
      <TextField
        label={secondFactor.code}
        hint={secondFactor.hint}
        autoComplete="one-time-code"
        isCode
        autoFocus
        {...code}
      />
    </>
  );
}
