// Before the first paint, so that nobody who chose a theme sees the other one flash by.
try {
  const theme = localStorage.getItem('alter.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be closed to us: then the system's theme holds.
}
