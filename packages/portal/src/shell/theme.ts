/** Light, dark, or as the system has it. The only thing that the portal stores in the browser. */
import { useState } from 'react';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

/** Read by public/theme.js before the first paint. */
const STORED_AS = 'alter.theme';

export function useTheme(): readonly [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState(currentTheme);
  return [
    theme,
    (next) => {
      if (next === 'system') delete document.documentElement.dataset['theme'];
      else document.documentElement.dataset['theme'] = next;
      try {
        if (next === 'system') localStorage.removeItem(STORED_AS);
        else localStorage.setItem(STORED_AS, next);
      } catch {
        // Where storage is closed the choice holds until the page is left.
      }
      setTheme(next);
    },
  ];
}

function currentTheme(): Theme {
  const chosen = document.documentElement.dataset['theme'];
  return THEMES.find((theme) => theme === chosen) ?? 'system';
}
