import { useCallback, useEffect, useState } from 'react';

export type Theme = 'light' | 'dark';

/** The system's theme until the reader chooses another. */
export function useTheme(): readonly [Theme, () => void] {
  const [theme, setTheme] = useState<Theme>(() => stored() ?? (matchMedia(DARK).matches ? 'dark' : 'light'));
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  useEffect(() => {
    const query = matchMedia(DARK);
    const follow = () => {
      if (!stored()) setTheme(query.matches ? 'dark' : 'light');
    };
    query.addEventListener('change', follow);
    return () => query.removeEventListener('change', follow);
  }, []);
  const toggle = useCallback(() => {
    const next = theme === 'dark' ? 'light' : 'dark';
    localStorage.setItem(KEY, next);
    setTheme(next);
  }, [theme]);
  return [theme, toggle];
}

function stored(): Theme | undefined {
  const value = localStorage.getItem(KEY);
  return value === 'light' || value === 'dark' ? value : undefined;
}

const KEY = 'polygraph:theme';
const DARK = '(prefers-color-scheme: dark)';
