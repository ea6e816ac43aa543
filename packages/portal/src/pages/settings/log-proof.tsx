/** What to keep elsewhere, to prove later that the log was not changed. */
import { useText } from '../../api/queries.ts';
import { settings } from '../../texts/settings.ts';
import { CodeBlock } from '../../ui/copy.tsx';
import { Card, ErrorNote, Skeleton } from '../../ui/layout.tsx';

export function LogProof() {
  return (
    <Card title={settings.log} lead={settings.logLead}>
      <div className="flex flex-col gap-4">
        <Part title={settings.publicKey} of="getPublicKey" />
        <Part title={settings.checkpoint} of="getCheckpoint" />
      </div>
    </Card>
  );
}

function Part({ title, of }: { readonly title: string; readonly of: 'getPublicKey' | 'getCheckpoint' }) {
  const read = useText(of, {});
  return (
    <section className="flex min-w-0 flex-col gap-1.5">
      <h3 className="text-[13px] font-medium">{title}</h3>
      {read.isPending && <Skeleton className={of === 'getPublicKey' ? 'h-13.5' : 'h-33'} />}
      <ErrorNote error={read.error} />
      {read.data !== undefined && <CodeBlock label={title} code={read.data.trimEnd()} />}
    </section>
  );
}
