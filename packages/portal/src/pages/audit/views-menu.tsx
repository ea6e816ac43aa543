/** The saved views of whoever is signed in: looked through, saved, replaced and deleted. */
import { Bookmark, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useForm } from 'react-hook-form';
import type { Answer } from '../../api/client.ts';
import { expecting, useApi, useChange } from '../../api/queries.ts';
import { audit } from '../../texts/audit.ts';
import { common } from '../../texts/common.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { showIssues } from '../../ui/forms.ts';
import { ErrorNote } from '../../ui/layout.tsx';
import { Menu } from '../../ui/menu.tsx';
import { useToasts } from '../../ui/toast.tsx';
import type { Filters } from './filters.ts';

type View = Answer<'listAuditViews'>['items'][number];
/** As many as there may be. */
const LIMIT = 50;

interface ViewsProps {
  readonly app: string;
  /** What is looked for now, as a view keeps it. */
  readonly kept: Filters;
  readonly onLook: (kept: Filters) => void;
}

export function ViewsMenu({ app, kept, onLook }: ViewsProps) {
  const [dialog, setDialog] = useState<'save' | 'manage'>();
  const views = useApi('listAuditViews', { params: { app }, query: { limit: LIMIT } }).data?.items ?? [];
  const close = () => setDialog(undefined);
  return (
    <>
      <Menu
        heading={audit.viewsHeading}
        trigger={<Button icon={<Bookmark aria-hidden />}>{audit.views}</Button>}
        items={[
          ...(views.length === 0
            ? [{ label: audit.noViews, isDisabled: true, onSelect: () => undefined }]
            : views.map((view) => ({
                label: view.name,
                isChosen: isSame(view.filters, kept),
                onSelect: () => onLook(view.filters),
              }))),
          'line' as const,
          { label: audit.saveView, onSelect: () => setDialog('save') },
          {
            label: audit.manageViews,
            isDisabled: views.length === 0,
            onSelect: () => setDialog('manage'),
          },
        ]}
      />
      {dialog === 'save' && <SaveDialog app={app} kept={kept} onClose={close} />}
      {dialog === 'manage' && <ManageDialog app={app} kept={kept} views={views} onClose={close} />}
    </>
  );
}

function SaveDialog({
  app,
  kept,
  onClose,
}: Pick<ViewsProps, 'app' | 'kept'> & { readonly onClose: () => void }) {
  const form = useForm({ defaultValues: { name: '' } });
  const toasts = useToasts();
  const create = useChange('createAuditView', {
    outdates: ['listAuditViews'],
    onDone: ({ name }) => {
      toasts.done(audit.viewSaved(name));
      onClose();
    },
  });
  const submit = form.handleSubmit(({ name }) =>
    create.mutate(
      { params: { app }, body: { name: name.trim(), filters: { ...kept } } },
      { onError: (error) => void showIssues(error, form.setError, ['name']) },
    ),
  );
  return (
    <FormDialog
      title={audit.saveViewTitle}
      lead={audit.saveViewLead}
      action={audit.save}
      isBusy={create.isPending}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      <TextField
        label={audit.viewName}
        {...form.register('name', { required: common.required })}
        error={form.formState.errors.name?.message}
      />
      {form.formState.errors.name === undefined && <ErrorNote error={create.error} />}
    </FormDialog>
  );
}

function ManageDialog({
  app,
  kept,
  views,
  onClose,
}: Pick<ViewsProps, 'app' | 'kept'> & { readonly views: readonly View[]; readonly onClose: () => void }) {
  const outdates = ['listAuditViews'] as const;
  const change = useChange('changeAuditView', {
    outdates,
    expects: expecting('listAuditViews', (shown, { params, body }) => ({
      ...shown,
      items: shown.items.map((view) =>
        view.view_id === params.view_id ? { ...view, filters: body?.filters ?? view.filters } : view,
      ),
    })),
  });
  const remove = useChange('deleteAuditView', {
    outdates,
    expects: expecting('listAuditViews', (shown, { params }) => ({
      ...shown,
      items: shown.items.filter((view) => view.view_id !== params.view_id),
    })),
  });
  return (
    <Dialog isOpen onClose={onClose} title={audit.manageViewsTitle}>
      <ErrorNote error={change.error ?? remove.error} />
      {views.length === 0 && <p className="py-2 text-ink-3">{audit.noViews}</p>}
      <ul className="flex flex-col divide-y divide-line">
        {views.map(({ view_id, name, filters }) => {
          const params = { app, view_id };
          return (
            <li key={view_id} className="flex items-center gap-2 py-2">
              <div className="min-w-0 flex-1">
                <p className="truncate font-medium">{name}</p>
                <p className="truncate text-[13px] text-ink-3">
                  {Object.entries(filters)
                    .map(([filter, value]) => `${filter}: ${value}`)
                    .join(', ')}
                </p>
              </div>
              <Button
                look="quiet"
                size="small"
                aria-label={audit.replaceView(name)}
                disabled={isSame(filters, kept) || change.isPending}
                onClick={() => change.mutate({ params, body: { filters: { ...kept } } })}
              >
                {audit.replace}
              </Button>
              <IconButton
                label={audit.deleteView(name)}
                disabled={remove.isPending}
                onClick={() => remove.mutate({ params })}
              >
                <Trash2 aria-hidden />
              </IconButton>
            </li>
          );
        })}
      </ul>
    </Dialog>
  );
}

function isSame(a: Filters, b: Filters): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
