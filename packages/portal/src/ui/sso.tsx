/** Single sign-on on pages: the button that leaves for the identity provider, and why it did not go on. */
import { Building2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { faultOf } from '../texts/sso.ts';
import { Button, type ButtonLook } from './button.tsx';
import { Callout } from './layout.tsx';

export function SsoButton({
  look = 'secondary',
  isBusy,
  onClick,
  children,
}: {
  readonly look?: ButtonLook;
  readonly isBusy: boolean;
  readonly onClick: () => void;
  readonly children: ReactNode;
}) {
  return (
    <Button look={look} isBusy={isBusy} onClick={onClick} icon={<Building2 aria-hidden />}>
      {children}
    </Button>
  );
}

/** A sentence of ours for the word in the address. */
export function SsoFaultNote({ word }: { readonly word: string | undefined }) {
  const fault = faultOf(word);
  if (fault === undefined) return null;
  return (
    <Callout tone="bad" title={fault.message}>
      {fault.hint}
    </Callout>
  );
}
