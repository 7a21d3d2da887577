import { useCallback, useMemo } from 'react';
import { useLocation, useSearch } from 'wouter';

type Changes = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * Returns the parameters of the URL and a function that changes some of them: a view with its filters can be linked to. Undefined and
 * the empty text remove a parameter.
 */
export function useSearchParams(): [params: URLSearchParams, change: (changes: Changes) => void] {
  // Renders again when the search changes. What it returns is decoded in part, and `%41` of a value would become `A`.
  useSearch();
  const { search } = window.location;
  const [path, navigate] = useLocation();
  const params = useMemo(() => new URLSearchParams(search), [search]);
  const change = useCallback(
    (changes: Changes) => {
      const changed = new URLSearchParams(search);
      for (const [name, value] of Object.entries(changes)) {
        changed.delete(name);
        for (const item of typeof value === 'string' ? [value] : (value ?? []))
          if (item !== '') changed.append(name, item);
      }
      const text = changed.toString();
      navigate(text === '' ? path : `${path}?${text}`, { replace: true });
    },
    [search, path, navigate],
  );
  return [params, change];
}
