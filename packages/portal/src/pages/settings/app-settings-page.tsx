/** The name of an app, and its end. */
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { useApi, useChange } from '../../api/queries.ts';
import { useAppName, useApps, type App } from '../../shell/current-app.ts';
import { common } from '../../texts/common.ts';
import { count } from '../../texts/numbers.ts';
import { appSettings } from '../../texts/settings.ts';
import { Button } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { CopyText } from '../../ui/copy.tsx';
import { TextField } from '../../ui/field.tsx';
import { showIssues } from '../../ui/forms.ts';
import { Callout, Card, ErrorNote, Facts, Page, SkeletonRows } from '../../ui/layout.tsx';
import { useToasts } from '../../ui/toast.tsx';

export function AppSettingsPage() {
  const named = useAppName();
  const apps = useApps();
  const app = apps?.find(({ name, app_id: id }) => name === named || id === named);
  return (
    <Page title={appSettings.title} lead={appSettings.lead} width="reading">
      {app === undefined ? (
        <SkeletonRows />
      ) : (
        <>
          <NameCard key={app.name} app={app} />
          {/* The first of the list is the oldest. */}
          <EndCard app={app} isHome={app === apps?.[0]} />
        </>
      )}
    </Page>
  );
}

function NameCard({ app }: { readonly app: App }) {
  const form = useForm({ defaultValues: { name: app.name } });
  const toasts = useToasts();
  const navigate = useNavigate();
  const change = useChange('changeApp', {
    onDone: ({ name }) => toasts.done(appSettings.renamed(name)),
    outdates: ['listApps'],
  });
  const submit = form.handleSubmit((body) =>
    change.mutate(
      { params: { app: app.app_id }, body },
      {
        onError: (error) => void showIssues(error, form.setError, ['name']),
        onSuccess: ({ name }) =>
          void navigate({ to: '/apps/$app/settings', params: { app: name }, replace: true }),
      },
    ),
  );
  return (
    <Card title={appSettings.name} lead={appSettings.nameLead}>
      <form noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <TextField
          label={appSettings.name}
          hint={appSettings.nameHint}
          className="max-w-md"
          {...form.register('name', { required: common.required })}
          error={form.formState.errors.name?.message}
        />
        <Facts items={[[appSettings.id, <CopyText key="id" text={app.app_id} />]]} />
        <ErrorNote error={change.error} issues={[]} />
        <div>
          <Button type="submit" look="primary" isBusy={change.isPending} disabled={!form.formState.isDirty}>
            {appSettings.rename}
          </Button>
        </div>
      </form>
    </Card>
  );
}

function EndCard({ app, isHome }: { readonly app: App; readonly isHome: boolean }) {
  const [isAsking, setAsking] = useState(false);
  return (
    <Card title={appSettings.end} lead={appSettings.endLead}>
      {isHome ? (
        <Callout>{appSettings.endHome}</Callout>
      ) : (
        <Button look="danger" onClick={() => setAsking(true)}>
          {appSettings.endAction}
        </Button>
      )}
      {isAsking && <EndDialog app={app} onClose={() => setAsking(false)} />}
    </Card>
  );
}

const ENDING = ['secrets', 'active_grants', 'api_keys', 'agents', 'pending_approvals'] as const;

function EndDialog({ app, onClose }: { readonly app: App; readonly onClose: () => void }) {
  const toasts = useToasts();
  const navigate = useNavigate();
  const counts = useApi('getOverview', { params: { app: app.app_id } }).data?.counts;
  const end = useChange('deleteApp', {
    onDone: async () => {
      await navigate({ to: '/apps', replace: true });
      toasts.done(appSettings.ended(app.name));
    },
    outdates: ['listApps'],
  });
  return (
    <ConfirmDialog
      title={appSettings.endTitle(app.name)}
      action={appSettings.endAction}
      typed={{ text: app.name, label: appSettings.endTyped(app.name) }}
      isBusy={end.isPending}
      error={end.error}
      onConfirm={() => end.mutate({ params: { app: app.app_id } })}
      onClose={onClose}
    >
      <p>{appSettings.endLead}</p>
      <ul className="flex flex-col gap-1">
        {ENDING.filter((name) => (counts?.[name] ?? 0) > 0).map((name) => (
          <li key={name} className="flex justify-between gap-4">
            {appSettings.endWhat[name]} <strong>{count(counts?.[name] ?? 0)}</strong>
          </li>
        ))}
      </ul>
    </ConfirmDialog>
  );
}
