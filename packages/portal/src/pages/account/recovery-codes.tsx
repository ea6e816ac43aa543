/** Recovery codes, shown once: to copy, or to keep as a file. */
import { Download } from 'lucide-react';
import { account } from '../../texts/account.ts';
import { Button } from '../../ui/button.tsx';
import { CodeBlock } from '../../ui/copy.tsx';

export function RecoveryCodes({
  codes,
  onKept,
}: {
  readonly codes: readonly string[];
  readonly onKept: () => void;
}) {
  const text = codes.join('\n');
  return (
    <div className="flex flex-col gap-4 pt-1">
      <CodeBlock label={account.codesLabel} code={text} />
      <div className="flex flex-wrap justify-end gap-2">
        <Button icon={<Download aria-hidden />} onClick={() => download(text)}>
          {account.codesDownload}
        </Button>
        <Button look="primary" onClick={onKept}>
          {account.codesKept}
        </Button>
      </div>
    </div>
  );
}

function download(text: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([`${text}\n`], { type: 'text/plain' }));
  link.download = account.codesFile;
  link.click();
  URL.revokeObjectURL(link.href);
}
