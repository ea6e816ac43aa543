/** One line in a card where nothing is. */
import type { ReactNode } from 'react';

export function Nothing({ icon, children }: { readonly icon: ReactNode; readonly children: ReactNode }) {
  return (
    <p className="flex items-center gap-2.5 py-3 text-ink-3 [&_svg]:size-4">
      <span aria-hidden>{icon}</span>
      {children}
    </p>
  );
}
