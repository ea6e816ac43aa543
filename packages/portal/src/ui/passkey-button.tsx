/** The way in by passkey, beside the one by password. */
import { KeyRound } from 'lucide-react';
import type { ReactNode } from 'react';
import { passkeys } from '../texts/passkeys.ts';
import { Button, type ButtonLook } from './button.tsx';

export function PasskeyButton({
  look,
  isBusy,
  onClick,
  children,
}: {
  readonly look: ButtonLook;
  readonly isBusy: boolean;
  readonly onClick: () => void;
  readonly children: ReactNode;
}) {
  return (
    <Button look={look} isBusy={isBusy} onClick={onClick} icon={<KeyRound aria-hidden />}>
      {children}
    </Button>
  );
}

/** Between two ways of which one is enough. */
export function OrLine() {
  return (
    <div className="flex items-center gap-3 text-[13px] text-ink-3">
      <span className="h-px flex-1 bg-line" />
      {passkeys.or}
      <span className="h-px flex-1 bg-line" />
    </div>
  );
}
