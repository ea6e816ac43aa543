/** Taking up an invitation: how one wants to come in, and then one is in. */
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useForm, useWatch } from 'react-hook-form';
import type { Answer } from '../../api/client.ts';
import { joinWithPasskey, knowsPasskeys } from '../../api/passkeys.ts';
import { useApi, useChange, useWork } from '../../api/queries.ts';
import { adoptSession } from '../../api/session.ts';
import { joinWithSso } from '../../api/sso.ts';
import { browserName } from '../../texts/browsers.ts';
import { common } from '../../texts/common.ts';
import { enter } from '../../texts/enter.ts';
import { roles } from '../../texts/roles.ts';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { showIssues } from '../../ui/forms.ts';
import { Callout, ErrorNote, SkeletonRows } from '../../ui/layout.tsx';
import { NewPasswordField } from '../../ui/new-password-field.tsx';
import { RadioCards } from '../../ui/radio-cards.tsx';
import { EnterCard, ToSignIn } from './enter-card.tsx';
import { useLinkToken } from './link-token.ts';

export function InvitationPage() {
  const token = useLinkToken();
  const read = useApi('readInvitation', { body: { token } }, { enabled: token !== '' });
  if (read.data !== undefined) return <Join token={token} invitation={read.data} />;
  return (
    <>
      <EnterCard title={enter.invitation}>
        {token === '' ? (
          <Callout tone="warn" title={enter.linkMissing}>
            {enter.linkMissingHint}
          </Callout>
        ) : read.isPending ? (
          <SkeletonRows rows={3} />
        ) : (
          <ErrorNote error={read.error} />
        )}
      </EnterCard>
      <ToSignIn />
    </>
  );
}

type Way = 'passkey' | 'sso' | 'password';

function Join({
  token,
  invitation,
}: {
  readonly token: string;
  readonly invitation: Answer<'readInvitation'>;
}) {
  const navigate = useNavigate();
  const hasPasskeys = invitation.passkeys.available && knowsPasskeys();
  const provider = invitation.sso?.name;
  const ways: { readonly value: Way; readonly label: string; readonly hint: string }[] = [
    ...(provider === undefined
      ? []
      : [{ value: 'sso' as const, label: enter.bySso(provider), hint: enter.bySsoHint }]),
    ...(hasPasskeys
      ? [{ value: 'passkey' as const, label: enter.byPasskey, hint: enter.byPasskeyHint }]
      : []),
    { value: 'password', label: enter.byPassword, hint: enter.byPasswordHint },
  ];
  const [way, setWay] = useState<Way>(provider !== undefined ? 'sso' : hasPasskeys ? 'passkey' : 'password');
  const form = useForm({ defaultValues: { display_name: invitation.display_name ?? '', password: '' } });
  const { errors } = form.formState;
  const password = useWatch({ control: form.control, name: 'password' });
  const onDone = (session: Answer<'acceptInvitation'>) => {
    adoptSession(session);
    return navigate({ to: '/', replace: true });
  };
  const byPassword = useChange('acceptInvitation', { onDone });
  const byPasskey = useWork(joinWithPasskey, { onDone });
  const bySso = useWork(joinWithSso);
  const joinings = { password: byPassword, passkey: byPasskey, sso: bySso } as const;
  const submit = form.handleSubmit(({ display_name: name, password: chosen }) => {
    if (way === 'sso') return bySso.mutate(token);
    const joining = { token, ...(name.trim() === '' ? {} : { display_name: name.trim() }) };
    const onError = (error: unknown) => void showIssues(error, form.setError, ['display_name', 'password']);
    if (way === 'password') byPassword.mutate({ body: { ...joining, password: chosen } }, { onError });
    else
      byPasskey.mutate(
        { ...joining, name: browserName(navigator.userAgent) ?? enter.thisDevice },
        { onError },
      );
  });
  return (
    <EnterCard
      title={enter.invitation}
      lead={
        <>
          {enter.invitedAs} <strong>{roles[invitation.role].label}</strong>. {roles[invitation.role].hint}
        </>
      }
    >
      <form noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <TextField
          label={enter.email}
          type="email"
          autoComplete="username"
          readOnly
          value={invitation.email ?? ''}
        />
        {way !== 'sso' && (
          <TextField
            label={enter.displayName}
            hint={enter.displayNameHint}
            isOptional
            autoComplete="name"
            {...form.register('display_name')}
            error={errors.display_name?.message}
          />
        )}
        {ways.length > 1 && (
          <RadioCards
            label={enter.how}
            value={way}
            onChange={setWay}
            className="grid-cols-1"
            options={ways}
          />
        )}
        {way === 'password' && (
          <NewPasswordField
            field={form.register('password', { required: common.required })}
            value={password}
            about={invitation.email ?? ''}
            error={errors.password?.message}
          />
        )}
        <ErrorNote error={joinings[way].error} issues={[]} />
        <Button type="submit" look="primary" isBusy={joinings[way].isPending}>
          {enter.join}
        </Button>
      </form>
    </EnterCard>
  );
}
