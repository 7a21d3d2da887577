import { useCallback, useEffect, useState } from 'react';
import { type UseQueryState, useQuery } from 'urql';
import { ExplainRouteDocument, type ExplainRouteQuery } from './models.generated.ts';

const refreshMs = 10_000;

export interface RouteExplanation {
  readonly result: UseQueryState<ExplainRouteQuery>;
  /** When the gateway has answered, as ISO 8601. */
  readonly loadedAt: string | undefined;
  readonly reload: () => void;
}

/** Returns what a request for a route would try, loaded again every ten seconds while the page is visible. */
export function useRouteExplanation(name: string): RouteExplanation {
  const [result, execute] = useQuery({
    query: ExplainRouteDocument,
    variables: { name },
    requestPolicy: 'cache-and-network',
  });
  const reload = useCallback(() => execute({ requestPolicy: 'network-only' }), [execute]);
  useEffect(() => {
    const refresh = () => document.visibilityState === 'visible' && reload();
    const interval = setInterval(refresh, refreshMs);
    return () => clearInterval(interval);
  }, [reload]);
  const [loadedAt, setLoadedAt] = useState<string>();
  const { data } = result;
  useEffect(() => {
    if (data) setLoadedAt(new Date().toISOString());
  }, [data]);
  return { result, loadedAt, reload };
}
