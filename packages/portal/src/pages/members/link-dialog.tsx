/** A one-time link, shown once. */
import { common } from '../../texts/common.ts';
import { members } from '../../texts/members.ts';
import { Button } from '../../ui/button.tsx';
import { CopyText } from '../../ui/copy.tsx';
import { Dialog } from '../../ui/dialog.tsx';

export function LinkDialog({
  title,
  lead,
  label,
  url,
  onClose,
}: {
  readonly title: string;
  readonly lead: string;
  readonly label: string;
  readonly url: string;
  readonly onClose: () => void;
}) {
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={title}
      lead={lead}
      actions={
        <Button look="primary" onClick={onClose}>
          {members.kept}
        </Button>
      }
    >
      <CopyText text={url} label={`${common.copy}: ${label}`} isWhole />
    </Dialog>
  );
}
