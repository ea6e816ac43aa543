/** The two exports of what is looked for, as links: the browser streams them to a file, and nothing goes through the page. */
import { Download } from 'lucide-react';
import { urlOf } from '../../api/client.ts';
import { audit } from '../../texts/audit.ts';
import { buttonClass } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import type { Filters } from './filters.ts';

const FORMATS = [
  { format: 'ndjson', title: audit.exportNdjson, text: audit.exportNdjsonText, name: 'NDJSON' },
  { format: 'csv', title: audit.exportCsv, text: audit.exportCsvText, name: 'CSV' },
] as const;

export function ExportDialog({
  app,
  query,
  onClose,
}: {
  readonly app: string;
  readonly query: Filters;
  readonly onClose: () => void;
}) {
  return (
    <Dialog isOpen onClose={onClose} title={audit.exportTitle} lead={audit.exportLead}>
      <ul className="flex flex-col gap-3 pt-1">
        {FORMATS.map(({ format, title, text, name }) => (
          <li
            key={format}
            className="flex flex-wrap items-center gap-x-4 gap-y-3 rounded-xl border border-line p-4"
          >
            <div className="min-w-0 flex-[1_1_14rem]">
              <h3 className="font-medium">{title}</h3>
              <p className="text-[13px] text-ink-3">{text}</p>
            </div>
            <a
              href={urlOf('exportAudit', { params: { app }, query: { ...query, format } })}
              download
              className={buttonClass()}
            >
              <Download aria-hidden />
              {audit.download(name)}
            </a>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
