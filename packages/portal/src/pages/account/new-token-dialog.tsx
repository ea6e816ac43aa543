/** A new access token: what for, what it may do and until when; then its text, once. */
import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { useChange } from '../../api/queries.ts';
import { useSession, type Scope } from '../../api/session.ts';
import { account } from '../../texts/account.ts';
import { common } from '../../texts/common.ts';
import { Button } from '../../ui/button.tsx';
import { CheckField } from '../../ui/check-field.tsx';
import { CopyText } from '../../ui/copy.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { SelectField, TextField } from '../../ui/field.tsx';
import { showIssues } from '../../ui/forms.ts';
import { ErrorNote } from '../../ui/layout.tsx';
import { RadioCards } from '../../ui/radio-cards.tsx';

const DAYS = [1, 7, 30, 90, 365] as const;
const DAYS_FIRST = '30';
const DAY_SECONDS = 86_400;
const FOREVER = 'forever';

export function NewTokenDialog({ onClose }: { readonly onClose: () => void }) {
  const make = useChange('createToken', { outdates: ['listTokens'] });
  if (make.data?.token !== undefined)
    return (
      <Dialog
        isOpen
        onClose={onClose}
        title={account.tokenMade}
        lead={account.tokenMadeLead}
        actions={
          <Button look="primary" onClick={onClose}>
            {account.tokenKept}
          </Button>
        }
      >
        <CopyText text={make.data.token} label={`${common.copy}: ${account.tokenText}`} isWhole />
      </Dialog>
    );
  return (
    <Dialog isOpen onClose={onClose} title={account.tokenNewTitle}>
      <TokenForm make={make} onClose={onClose} />
    </Dialog>
  );
}

function TokenForm({
  make,
  onClose,
}: {
  readonly make: ReturnType<typeof useChange<'createToken'>>;
  readonly onClose: () => void;
}) {
  const form = useForm({ defaultValues: { name: '', days: DAYS_FIRST } });
  const [mode, setMode] = useState<'all' | 'some'>('all');
  const [scopes, setScopes] = useState<readonly Scope[]>([]);
  const lacksScopes = mode === 'some' && scopes.length === 0;
  const submit = form.handleSubmit(({ name, days }) => {
    if (lacksScopes) return;
    make.mutate(
      {
        body: {
          name: name.trim(),
          ...(mode === 'all' ? {} : { scopes: [...scopes] }),
          ...(days === FOREVER ? {} : { ttl_seconds: Number(days) * DAY_SECONDS }),
        },
      },
      { onError: (error) => void showIssues(error, form.setError, ['name']) },
    );
  });
  return (
    <form noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-5 pt-1">
      <TextField
        label={account.tokenName}
        hint={account.tokenNameHint}
        {...form.register('name', { required: common.required })}
        error={form.formState.errors.name?.message}
      />
      <SelectField
        label={account.tokenExpires}
        options={[
          ...DAYS.map((days) => ({ value: String(days), label: account.tokenDays(days) })),
          { value: FOREVER, label: account.tokenForever },
        ]}
        {...form.register('days')}
      />
      <RadioCards
        label={account.tokenScopes}
        value={mode}
        onChange={setMode}
        options={[
          { value: 'all', label: account.tokenScopesAll, hint: account.tokenScopesAllHint },
          { value: 'some', label: account.tokenScopesSome, hint: account.tokenScopesSomeHint },
        ]}
      />
      {mode === 'some' && <ScopeChecks chosen={scopes} onChange={setScopes} />}
      {lacksScopes && form.formState.isSubmitted && (
        <p className="text-[13px] font-medium text-bad">{account.tokenScopesNone}</p>
      )}
      <ErrorNote error={make.error} issues={[]} />
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>{common.cancel}</Button>
        <Button type="submit" look="primary" isBusy={make.isPending}>
          {common.create}
        </Button>
      </div>
    </form>
  );
}

/** Those that one has oneself: a token can't have more. */
function ScopeChecks({
  chosen,
  onChange,
}: {
  readonly chosen: readonly Scope[];
  readonly onChange: (scopes: readonly Scope[]) => void;
}) {
  const { scopes } = useSession();
  return (
    <fieldset className="grid grid-cols-2 gap-x-4 gap-y-2">
      <legend className="sr-only">{account.tokenScopes}</legend>
      {scopes.map((scope) => (
        <CheckField
          key={scope}
          label={<code className="text-[13px]">{scope}</code>}
          checked={chosen.includes(scope)}
          onChange={({ target }) =>
            onChange(target.checked ? [...chosen, scope] : chosen.filter((other) => other !== scope))
          }
        />
      ))}
    </fieldset>
  );
}
