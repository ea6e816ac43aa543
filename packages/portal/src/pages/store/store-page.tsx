/** The form of a new secret: of a template with its set-up guide, or Custom. When it is stored, nothing of the credential is left here (W7). */
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { ArrowLeft, Lock, SlidersHorizontal } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { FormProvider, useForm } from 'react-hook-form';
import { useTemplate, type TemplateWithGuide } from '../../api/catalog.ts';
import { call, type ApiError, type Issue } from '../../api/client.ts';
import { Once } from '../../api/once.ts';
import { useWork } from '../../api/queries.ts';
import { useAppName } from '../../shell/current-app.ts';
import { store } from '../../texts/store.ts';
import { Button, buttonClass } from '../../ui/button.tsx';
import { showIssues } from '../../ui/forms.ts';
import { ErrorNote, Page, SkeletonRows } from '../../ui/layout.tsx';
import { Tile } from '../../ui/tile.tsx';
import { CredentialCard } from './credential-card.tsx';
import { SetUpGuide } from './guide.tsx';
import { PlacesCard } from './places-card.tsx';
import { RequestPreview, usePreview } from './preview.tsx';
import { ReachCard } from './reach-card.tsx';
import { liveIssues, useShape } from './shape.ts';
import {
  BLANK,
  bodyOf,
  formPath,
  limited,
  limitedPreviewOf,
  pathsOf,
  valuesFor,
  type FormValues,
} from './values.ts';

const CUSTOM = 'custom';
const FORM = 'store-a-secret';

export function StorePage() {
  const { template } = useParams({ from: '/inside/apps/$app/secrets/new/$template' });
  return template === CUSTOM ? (
    <StoreForm key={CUSTOM} template={undefined} />
  ) : (
    <OfTemplate key={template} id={template} />
  );
}

function OfTemplate({ id }: { readonly id: string }) {
  const { template, query } = useTemplate(id);
  if (template !== undefined) return <StoreForm template={template} />;
  return (
    <Page title={store.title} actions={<AllTemplates />}>
      {query.isPending ? (
        <SkeletonRows rows={8} />
      ) : (
        <ErrorNote error={query.error} onRetry={() => void query.refetch()} />
      )}
    </Page>
  );
}

function StoreForm({ template }: { readonly template: TemplateWithGuide | undefined }) {
  const app = useAppName();
  const form = useForm<FormValues>({ defaultValues: template === undefined ? BLANK : valuesFor(template) });
  const shape = useShape(form.control, template);
  const preview = usePreview(app, shape.preview);
  const live = liveIssues(preview.error, shape.values);
  const { submit, isStoring, error, rest } = useStore(app, form, template);
  const shown = <RequestPreview state={preview} hasHost={shape.values.allowed_hosts?.length !== 0} />;
  return (
    <Page
      title={<Heading template={template} />}
      lead={template === undefined ? store.custom.lead : template.summary}
      actions={<AllTemplates />}
    >
      <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,46rem)_minmax(20rem,28rem)] 2xl:grid-cols-[minmax(0,46rem)_minmax(28rem,38rem)]">
        <FormProvider {...form}>
          <form
            id={FORM}
            onSubmit={submit}
            autoComplete="off"
            noValidate
            className="flex min-w-0 flex-col gap-6"
          >
            {template !== undefined && (
              <a href="#guide" className="self-start text-accent-ink hover:underline lg:hidden">
                {store.howToGet}
              </a>
            )}
            <CredentialCard template={template} live={live} />
            {template === undefined && <PlacesCard live={live} />}
            <ReachCard template={template} resolved={preview.previewed?.allowed_hosts} live={live} />
            {template !== undefined && shown}
          </form>
        </FormProvider>
        {template === undefined && <Beside label={store.preview.title}>{shown}</Beside>}
        <div className="flex min-w-0 flex-col gap-4 lg:col-start-1">
          <ErrorNote error={error} issues={rest} />
          <div className="flex flex-wrap items-center gap-3">
            <Button type="submit" form={FORM} look="primary" isBusy={isStoring} icon={<Lock aria-hidden />}>
              {isStoring ? store.saving : store.save}
            </Button>
            <Link to="/apps/$app/secrets/new" params={{ app }} className={buttonClass('quiet')}>
              {store.cancel}
            </Link>
          </div>
        </div>
        {template !== undefined && (
          <Beside label={store.guide.label}>
            <SetUpGuide template={template} />
          </Beside>
        )}
      </div>
    </Page>
  );
}

/** Beside the form, in sight while it is filled in; where it is narrow, at the place where it stands. */
function Beside({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <aside
      id="guide"
      aria-label={label}
      className="min-w-0 scroll-mt-20 lg:sticky lg:top-20 lg:col-start-2 lg:row-span-2 lg:row-start-1"
    >
      {children}
    </aside>
  );
}

function useStore(
  app: string,
  form: ReturnType<typeof useForm<FormValues>>,
  template: TemplateWithGuide | undefined,
): {
  readonly submit: (event: React.BaseSyntheticEvent) => void;
  readonly isStoring: boolean;
  readonly error: ApiError | null;
  readonly rest: readonly Issue[];
} {
  const navigate = useNavigate();
  const [rest, setRest] = useState<readonly Issue[]>([]);
  const [once] = useState(() => new Once('createSecret'));
  const work = async (values: FormValues) => {
    const preview = limitedPreviewOf(values, template);
    // Asked for now: what the page shows may be behind what was typed last.
    const own = preview && (await call('previewSecret', { params: { app }, body: preview }));
    const injection = own && limited(own.injection, values);
    return once.send({ params: { app }, body: bodyOf(values, template, injection) });
  };
  const create = useWork(work, {
    outdates: ['listSecrets', 'listGrants'],
    onDone: async (secret) => {
      // W7: the fields are emptied before anything else; the mutation is let go of with this page.
      form.reset(BLANK);
      await navigate({
        to: '/apps/$app/secrets/$secret/use',
        params: { app, secret: secret.secret_id },
        search: { grant: secret.grant_id, stored: 'yes' },
        // The way back is not to a form that was sent.
        replace: true,
      });
    },
  });
  const send = form.handleSubmit((values) =>
    create.mutate(values, {
      onError: (error) => {
        if (error.code === 'conflict')
          form.setError('name', { message: error.message }, { shouldFocus: true });
        setRest(
          showIssues(error, form.setError, pathsOf(values, template), (path) => formPath(path, values)),
        );
      },
    }),
  );
  return {
    submit: (event) => {
      form.clearErrors();
      void send(event);
    },
    isStoring: create.isPending,
    error: create.error,
    rest,
  };
}

function Heading({ template }: { readonly template: TemplateWithGuide | undefined }): ReactNode {
  return (
    <span className="flex items-center gap-3">
      {template === undefined ? (
        <Tile hue={268}>
          <SlidersHorizontal />
        </Tile>
      ) : (
        <Tile hue={template.tile.hue}>{template.tile.monogram}</Tile>
      )}
      <span className="min-w-0">
        {template === undefined ? store.custom.title : store.templateTitle(template.name)}
      </span>
    </span>
  );
}

function AllTemplates() {
  const app = useAppName();
  return (
    <Link
      to="/apps/$app/secrets/new"
      params={{ app }}
      className="inline-flex items-center gap-1.5 text-accent-ink hover:underline"
    >
      <ArrowLeft className="size-4" aria-hidden />
      {store.allTemplates}
    </Link>
  );
}
