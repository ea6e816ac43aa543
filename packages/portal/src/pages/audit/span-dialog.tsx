/** A span of time of one's own, to the second, in the time zone of whoever looks. */
import { useState } from 'react';
import { audit } from '../../texts/audit.ts';
import { common } from '../../texts/common.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';

export function SpanDialog({
  from,
  to,
  onApply,
  onClose,
}: {
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly onApply: (span: { from?: string; to?: string }) => void;
  readonly onClose: () => void;
}) {
  const [first, setFirst] = useState(() => localOf(from));
  const [last, setLast] = useState(() => localOf(to));
  const isBackwards = first !== '' && last !== '' && new Date(first) >= new Date(last);
  return (
    <Dialog isOpen onClose={onClose} title={audit.customTitle} lead={audit.customHint}>
      <form
        className="flex flex-col gap-4 pt-1"
        onSubmit={(event) => {
          event.preventDefault();
          if (isBackwards) return;
          onApply({
            ...(first === '' ? {} : { from: new Date(first).toISOString() }),
            ...(last === '' ? {} : { to: new Date(last).toISOString() }),
          });
        }}
      >
        <TextField
          label={audit.from}
          type="datetime-local"
          step={1}
          value={first}
          onChange={(event) => setFirst(event.target.value)}
        />
        <TextField
          label={audit.to}
          type="datetime-local"
          step={1}
          value={last}
          onChange={(event) => setLast(event.target.value)}
          error={isBackwards ? audit.endsBefore : undefined}
        />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{common.cancel}</Button>
          <Button type="submit" look="primary">
            {audit.apply}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** As the field wants it: without a zone, which is the browser's. */
function localOf(text: string | undefined): string {
  const at = new Date(text ?? Number.NaN);
  if (Number.isNaN(at.getTime())) return '';
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
