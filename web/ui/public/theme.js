// Runs before the first paint. A content security policy without inline scripts needs it as a file.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem('taskwire-theme');
  } catch {
    // Storage can be blocked; the system's preference applies then.
  }
  const dark =
    chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
})();
