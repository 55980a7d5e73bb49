import { useEffect, useState } from 'react';
import { Icon } from './icon';

type Theme = 'system' | 'light' | 'dark';
const KEY = 'taskwire-theme';
const NEXT: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' };
const ICON = { system: 'system', light: 'sun', dark: 'moon' } as const;

function storedTheme(): Theme {
  const stored = localStorage.getItem(KEY);
  return stored === 'light' || stored === 'dark' ? stored : 'system';
}

/** The chosen theme and a way to the next one; follows the system until one is chosen. */
function useTheme(): [Theme, () => void] {
  const [theme, setTheme] = useState(storedTheme);

  useEffect(() => {
    const system = matchMedia('(prefers-color-scheme: dark)');
    const paint = () => {
      const isDark = theme === 'dark' || (theme === 'system' && system.matches);
      document.documentElement.dataset.theme = isDark ? 'dark' : 'light';
    };
    paint();
    system.addEventListener('change', paint);
    return () => system.removeEventListener('change', paint);
  }, [theme]);

  return [
    theme,
    () => {
      const next = NEXT[theme];
      if (next === 'system') localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, next);
      setTheme(next);
    },
  ];
}

/** Cycles system, light and dark. */
export function ThemeToggle() {
  const [theme, advance] = useTheme();
  return (
    <button
      aria-label={`Theme: ${theme}. Switch to ${NEXT[theme]}`}
      className="inline-flex size-8 items-center justify-center rounded-lg text-muted hover:bg-hover hover:text-ink"
      onClick={advance}
      title={`Theme: ${theme}`}
      type="button"
    >
      <Icon name={ICON[theme]} />
    </button>
  );
}
