/** The gallery: what to store a credential for. Searched as one types, walked by the arrow keys; search and category stand in the address. */
import { Link, useNavigate, useRouter, useSearch } from '@tanstack/react-router';
import { clsx } from 'clsx';
import { Search, SearchX } from 'lucide-react';
import { memo, useCallback, useDeferredValue, useEffect, useRef, useState, type KeyboardEvent } from 'react';
import { useCatalog, type Template } from '../../api/catalog.ts';
import { useAppName } from '../../shell/current-app.ts';
import { store } from '../../texts/store.ts';
import { buttonClass } from '../../ui/button.tsx';
import { inputClass } from '../../ui/field.tsx';
import { EmptyState, ErrorNote, Page, Skeleton } from '../../ui/layout.tsx';
import { findTemplates } from './find-templates.ts';
import { moveInGrid, TemplateGrid } from './template-grid.tsx';

type Category = keyof typeof store.categories;
const CATEGORIES = Object.keys(store.categories).filter((key): key is Category => key in store.categories);

const PAUSE_MS = 250;

export function GalleryPage() {
  const app = useAppName();
  const { templates, query } = useCatalog();
  const { q = '', category: asked } = useSearch({ from: '/inside/apps/$app/secrets/new' });
  const category = CATEGORIES.find((one) => one === asked);
  const [text, setText] = useState(q);
  const deferred = useDeferredValue(text);
  const navigate = useNavigate({ from: '/apps/$app/secrets/new' });
  const router = useRouter();
  const gallery = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  useSlashKey(field);

  const show = (next: { readonly q: string; readonly category: Category | undefined }) =>
    void navigate({
      search: { q: next.q === '' ? undefined : next.q, category: next.category },
      replace: true,
      resetScroll: false,
    });
  // The address follows once the typing rests; whoever is on the way to another page by then is left alone.
  useEffect(() => {
    if (text === q) return;
    const here = location.pathname;
    const timer = setTimeout(() => {
      if (router.latestLocation.pathname === here) show({ q: text, category });
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  });
  // What is shown may be a moment behind what is typed.
  const openFirst = () => {
    const [first] = findTemplates(templates ?? [], { text, category });
    const template = text.trim() === '' && category === undefined ? 'custom' : first?.id;
    if (template !== undefined)
      void navigate({ to: '/apps/$app/secrets/new/$template', params: { app, template } });
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === 'Enter') openFirst();
    else if (event.key === 'ArrowDown') gallery.current?.querySelector<HTMLElement>('[data-tile]')?.focus();
    else return;
    event.preventDefault();
  };

  const onTileKey = useCallback((event: KeyboardEvent<HTMLElement>) => {
    if (gallery.current !== null) moveInGrid(event, gallery.current, () => field.current?.focus());
  }, []);

  return (
    <Page title={store.title} lead={store.lead}>
      <div className="sticky top-14 z-20 -mx-4 -my-2 flex flex-col gap-3 bg-bg/90 px-4 py-2 backdrop-blur sm:-mx-6 sm:px-6 lg:-mx-8 lg:px-8">
        <div className="relative max-w-xl">
          <Search className="pointer-events-none absolute top-3 left-3 size-4 text-ink-3" aria-hidden />
          <input
            ref={field}
            type="search"
            aria-label={store.search}
            placeholder={store.searchHint}
            autoComplete="off"
            spellCheck={false}
            autoFocus
            value={text}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={onKeyDown}
            className={inputClass('h-10 pl-9')}
          />
        </div>
        <Categories
          templates={templates ?? []}
          chosen={category}
          onChoose={(next) => show({ q: text, category: next })}
        />
      </div>
      <div ref={gallery} className="flex flex-col gap-8">
        {templates === undefined ? (
          query.error === null ? (
            <SkeletonTiles />
          ) : (
            <ErrorNote error={query.error} onRetry={() => void query.refetch()} />
          )
        ) : (
          <Found
            app={app}
            templates={templates}
            text={deferred.trim()}
            category={category}
            onKeyDown={onTileKey}
          />
        )}
      </div>
    </Page>
  );
}

/** `/` goes to the search, as on many pages with one. */
function useSlashKey(field: React.RefObject<HTMLInputElement | null>) {
  useEffect(() => {
    const focus = (event: globalThis.KeyboardEvent) => {
      const isTyping =
        event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
      if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      field.current?.focus();
    };
    addEventListener('keydown', focus);
    return () => removeEventListener('keydown', focus);
  }, [field]);
}

function Categories({
  templates,
  chosen,
  onChoose,
}: {
  readonly templates: readonly Template[];
  readonly chosen: Category | undefined;
  readonly onChoose: (category: Category | undefined) => void;
}) {
  const pill = (isOn: boolean) =>
    clsx(
      'inline-flex h-8 shrink-0 items-center gap-1.5 rounded-full border px-3 text-[13px] font-medium transition-colors',
      isOn
        ? 'border-accent-ink bg-accent-soft text-accent-ink'
        : 'border-line bg-surface text-ink-2 hover:border-line-strong hover:text-ink',
    );
  const counts = new Map<string, number>();
  for (const { category } of templates) counts.set(category, (counts.get(category) ?? 0) + 1);
  return (
    <div
      role="group"
      aria-label={store.categoriesLabel}
      className="flex gap-2 overflow-x-auto p-0.5 pb-1 sm:flex-wrap"
    >
      <button
        type="button"
        aria-pressed={chosen === undefined}
        onClick={() => onChoose(undefined)}
        className={pill(chosen === undefined)}
      >
        {store.all}
        <Count of={templates.length} />
      </button>
      {CATEGORIES.map((category) => (
        <button
          key={category}
          type="button"
          aria-pressed={chosen === category}
          onClick={() => onChoose(category)}
          className={pill(chosen === category)}
        >
          {store.categories[category]}
          <Count of={counts.get(category) ?? 0} />
        </button>
      ))}
    </div>
  );
}

const Count = ({ of }: { readonly of: number }) =>
  of === 0 ? null : <span className="text-xs font-normal text-ink-3 tabular-nums">{of}</span>;

/** Sections where nothing is searched for; else one list, best first. Drawn anew only for what it shows, not for each letter. */
const Found = memo(function Found({
  app,
  templates,
  text,
  category,
  onKeyDown,
}: {
  readonly app: string;
  readonly templates: readonly Template[];
  readonly text: string;
  readonly category: Category | undefined;
  readonly onKeyDown: (event: KeyboardEvent<HTMLElement>) => void;
}) {
  const found = findTemplates(templates, { text, category });
  if (text === '' && category === undefined)
    return CATEGORIES.map((one) => (
      <TemplateGrid
        key={one}
        app={app}
        title={store.categories[one]}
        templates={found.filter((template) => template.category === one)}
        hasCustom={one === 'custom'}
        onKeyDown={onKeyDown}
      />
    ));
  return (
    <>
      <p role="status" className="sr-only">
        {store.found(found.length)}
      </p>
      {found.length === 0 ? (
        <EmptyState
          icon={<SearchX />}
          title={store.notFoundTitle(text)}
          actions={
            <Link
              to="/apps/$app/secrets/new/$template"
              params={{ app, template: 'custom' }}
              className={buttonClass('primary')}
            >
              {store.storeAsCustom}
            </Link>
          }
        >
          {store.notFoundText}
        </EmptyState>
      ) : (
        <TemplateGrid
          app={app}
          title={category === undefined ? store.found(found.length) : store.categories[category]}
          templates={found}
          hasCustom={category === 'custom' && text === ''}
          onKeyDown={onKeyDown}
        />
      )}
    </>
  );
});

function SkeletonTiles() {
  return (
    <div role="status" aria-label={store.reading} className="grid gap-3 sm:grid-cols-2 xl:grid-cols-4">
      {Array.from({ length: 12 }, (_, index) => (
        <Skeleton key={index} className="h-19 w-full rounded-xl!" />
      ))}
    </div>
  );
}
