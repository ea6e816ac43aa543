/** The set-up guide of a provider: where its key is made and what to allow it. Text from the catalogue, shown as text: only **bold** is markup. */
import { ExternalLink, Lightbulb } from 'lucide-react';
import type { ReactNode } from 'react';
import type { TemplateWithGuide } from '../../api/catalog.ts';
import { store } from '../../texts/store.ts';
import { buttonClass } from '../../ui/button.tsx';
import { Card } from '../../ui/layout.tsx';

export function SetUpGuide({ template }: { readonly template: TemplateWithGuide }) {
  const { guide } = template;
  return (
    <Card
      title={store.guide.title(template.name)}
      {...(guide.checked === 'from_memory' ? { lead: store.guide.fromMemory } : {})}
    >
      <div className="flex flex-col gap-5">
        {guide.key_page !== null && (
          <Outside href={guide.key_page.url} className={buttonClass('secondary', 'normal', 'self-start')}>
            {guide.key_page.label}
          </Outside>
        )}
        <ol className="flex flex-col gap-3" aria-label={store.guide.steps}>
          {guide.steps.map((step, at) => (
            <li key={step} className="flex gap-3">
              <span
                aria-hidden
                className="grid size-6 shrink-0 place-items-center rounded-full bg-accent-soft text-xs font-semibold text-accent-ink"
              >
                {at + 1}
              </span>
              <span className="min-w-0 pt-0.5">
                <Words of={step} />
              </span>
            </li>
          ))}
        </ol>
        {guide.scopes.length > 0 && (
          <Part title={store.guide.scopes}>
            <ul className="flex flex-col gap-1.5">
              {guide.scopes.map(({ name, why }) => (
                <li key={name} className="text-[13px] text-ink-2">
                  <code className="rounded bg-sunken px-1.5 py-0.5 font-mono text-xs text-ink [overflow-wrap:anywhere]">
                    {name}
                  </code>{' '}
                  <Words of={why} />
                </li>
              ))}
            </ul>
          </Part>
        )}
        {guide.expires !== null && (
          <Part title={store.guide.expires}>
            <p className="text-[13px] text-ink-2">
              <Words of={guide.expires} />
            </p>
          </Part>
        )}
        {guide.test_call !== null && (
          <Part title={store.guide.testCall}>
            <p className="text-[13px] text-ink-2">
              <Words of={guide.test_call.says} /> {guide.test_call.counts_against_quota && store.guide.counts}
            </p>
          </Part>
        )}
        {guide.pitfalls.length > 0 && (
          <Part title={store.guide.pitfalls}>
            <ul className="flex flex-col gap-2">
              {guide.pitfalls.map((pitfall) => (
                <li key={pitfall} className="flex gap-2 text-[13px] text-ink-2">
                  <Lightbulb className="mt-0.5 size-4 shrink-0 text-warn" aria-hidden />
                  <span className="min-w-0">
                    <Words of={pitfall} />
                  </span>
                </li>
              ))}
            </ul>
          </Part>
        )}
        {template.docs_url !== null && (
          <Outside
            href={template.docs_url}
            className="inline-flex items-center gap-1.5 self-start text-[13px] text-accent-ink hover:underline"
          >
            {store.guide.documentation}
          </Outside>
        )}
      </div>
    </Card>
  );
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className="flex flex-col gap-1.5">
      <h3 className="text-[13px] font-semibold">{title}</h3>
      {children}
    </section>
  );
}

/** To the vendor, who learns nothing of where one comes from. */
function Outside({
  href,
  className,
  children,
}: {
  readonly href: string;
  readonly className: string;
  readonly children: ReactNode;
}) {
  return (
    <a href={href} target="_blank" rel="noopener noreferrer" className={className}>
      {children}
      <ExternalLink className="size-4" aria-hidden />
      <span className="sr-only">({store.guide.opens})</span>
    </a>
  );
}

/** `**bold**` as an element; everything else is text, whatever it looks like. */
export function Words({ of: text }: { readonly of: string }) {
  return text.split('**').map((part, at) =>
    at % 2 === 1 ? (
      <strong key={at} className="font-semibold text-ink">
        {part}
      </strong>
    ) : (
      <span key={at}>{part}</span>
    ),
  );
}
