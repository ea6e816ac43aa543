/** A link that looks like a button: it goes somewhere, where a button does something. */
import { createLink } from '@tanstack/react-router';
import type { AnchorHTMLAttributes, ReactNode, Ref } from 'react';
import { buttonClass, type ButtonLook } from './button.tsx';

interface Props extends Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'className'> {
  readonly look?: ButtonLook;
  readonly size?: 'small' | 'normal';
  readonly icon?: ReactNode;
  readonly ref?: Ref<HTMLAnchorElement>;
}

function Anchor({ look, size, icon, children, ...rest }: Props) {
  return (
    <a {...rest} className={buttonClass(look, size)}>
      {icon}
      {children}
    </a>
  );
}

export const LinkButton = createLink(Anchor);
