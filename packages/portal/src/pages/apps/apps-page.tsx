/** The apps of the organization, and making one. */
import { Link, useNavigate } from '@tanstack/react-router';
import { Boxes, Plus } from 'lucide-react';
import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { useChange, usePages } from '../../api/queries.ts';
import { useCan } from '../../api/session.ts';
import { apps } from '../../texts/apps.ts';
import { common } from '../../texts/common.ts';
import { Button } from '../../ui/button.tsx';
import { CopyText } from '../../ui/copy.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { showIssues } from '../../ui/forms.ts';
import { Card, EmptyState, ErrorNote, Page } from '../../ui/layout.tsx';
import { ListTable } from '../../ui/table.tsx';
import { TimeAgo } from '../../ui/time.tsx';
import { useToasts } from '../../ui/toast.tsx';

export function AppsPage() {
  const [isCreating, setCreating] = useState(false);
  const list = usePages('listApps', {});
  const can = useCan();
  const navigate = useNavigate();
  const create = can('apps:write') && (
    <Button look="primary" icon={<Plus aria-hidden />} onClick={() => setCreating(true)}>
      {apps.create}
    </Button>
  );
  return (
    <Page title={apps.title} lead={apps.lead} actions={create}>
      <Card isFlush>
        <ListTable
          label={apps.table}
          list={list}
          items={list.items}
          keyOf={(app) => app.app_id}
          onOpen={(app) => void navigate({ to: '/apps/$app', params: { app: app.name } })}
          columns={[
            {
              title: apps.name,
              cell: (app) => (
                <Link to="/apps/$app" params={{ app: app.name }} className="font-medium hover:underline">
                  {app.name}
                </Link>
              ),
            },
            { title: apps.id, cell: (app) => <CopyText text={app.app_id} />, isExtra: true },
            { title: apps.createdAt, cell: (app) => <TimeAgo at={app.created_at} /> },
          ]}
          empty={
            <EmptyState icon={<Boxes />} title={apps.emptyTitle} actions={create}>
              {apps.emptyText}
            </EmptyState>
          }
        />
      </Card>
      {isCreating && <CreateApp onClose={() => setCreating(false)} />}
    </Page>
  );
}

function CreateApp({ onClose }: { readonly onClose: () => void }) {
  const form = useForm({ defaultValues: { name: '' } });
  const toasts = useToasts();
  const create = useChange('createApp', {
    outdates: ['listApps'],
    onDone: (app) => {
      toasts.done(apps.created(app.name));
      onClose();
    },
  });
  const submit = form.handleSubmit((body) =>
    create.mutate({ body }, { onError: (error) => void showIssues(error, form.setError, ['name']) }),
  );
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={apps.createTitle}
      actions={
        <>
          <Button onClick={onClose}>{common.cancel}</Button>
          <Button look="primary" isBusy={create.isPending} onClick={() => void submit()}>
            {common.create}
          </Button>
        </>
      }
    >
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4 pt-1">
        <TextField
          label={apps.name}
          hint={apps.nameHint}
          {...form.register('name', { required: common.required })}
          error={form.formState.errors.name?.message}
        />
        <ErrorNote error={create.error} issues={[]} />
      </form>
    </Dialog>
  );
}
