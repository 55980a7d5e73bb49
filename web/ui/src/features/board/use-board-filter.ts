import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'react-router';
import { type BoardFilter, filterFrom } from './board-filter';

const PARAMETER = {
  text: 'q',
  assignee: 'assignee',
  label: 'label',
  priority: 'priority',
} as const;

/** The board's filter, kept in the address so that it can be shared and survives a reload. */
export function useBoardFilter() {
  const [params, setParams] = useSearchParams();
  const filter = useMemo(() => filterFrom(params), [params]);
  const change = useCallback(
    (changes: Partial<BoardFilter>) => {
      setParams(
        (current) => {
          for (const [field, value] of Object.entries(changes)) {
            const name = PARAMETER[field as keyof BoardFilter];
            if (value) current.set(name, value);
            else current.delete(name);
          }
          return current;
        },
        { replace: true },
      );
    },
    [setParams],
  );
  const clear = useCallback(() => setParams({}, { replace: true }), [setParams]);
  return { filter, change, clear };
}
