/** Going through the list by keyboard: j and k, or the arrows, move; a and d open the call with the decision begun. */
import { useEffect, type RefObject } from 'react';
import type { Decision } from './states.ts';

const STEPS: Readonly<Record<string, number>> = { j: 1, k: -1, ArrowDown: 1, ArrowUp: -1 };
const DECISIONS: Readonly<Record<string, Decision>> = { a: 'approve', d: 'deny' };

/** Not where somebody writes, chooses or is asked something, and not what the browser means by a key. */
export function isTaken(event: KeyboardEvent): boolean {
  const { target } = event;
  return (
    event.defaultPrevented ||
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    document.querySelector('[role="dialog"], [role="menu"]') !== null ||
    (target instanceof Element &&
      target.closest('input, textarea, select, [role="radio"], [role="menuitem"], [contenteditable]') !==
        null)
  );
}

export function useListKeys(
  list: RefObject<HTMLElement | null>,
  onDecide: (approvalId: string, decision: Decision) => void,
): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const calls = [...(list.current?.querySelectorAll<HTMLElement>('a[data-call]') ?? [])];
      const at = calls.findIndex((call) => call === document.activeElement);
      const step = STEPS[event.key];
      const decision = DECISIONS[event.key];
      // The arrows go on scrolling the page until somebody is in the list.
      if (isTaken(event) || calls.length === 0 || (event.key.startsWith('Arrow') && at === -1)) return;
      if (step !== undefined) {
        event.preventDefault();
        const next = at === -1 ? 0 : Math.min(Math.max(at + step, 0), calls.length - 1);
        calls[next]?.focus();
      }
      const chosen = calls[at]?.dataset['call'];
      if (decision === undefined || chosen === undefined) return;
      event.preventDefault();
      onDecide(chosen, decision);
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [list, onDecide]);
}
