import type { CombinedError } from '@urql/core';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { useClient } from 'urql';
import {
  type RequestFilter,
  type RequestSummaryFragment,
  RequestsDocument,
  type RequestsQuery,
} from './requests.generated.ts';

type Page = RequestsQuery['requests'];

export interface RequestPages {
  readonly rows: readonly RequestSummaryFragment[];
  /** The last page; undefined before the first one has been loaded. */
  readonly last: Page | undefined;
  readonly error: CombinedError | undefined;
  readonly isLoading: boolean;
  readonly loadMore: () => void;
  /** Begins again with the newest request. */
  readonly reload: () => void;
}

/** Loads the pages of the log that a filter selects, one after the other. The filter has to be the same object in each render. */
export function useRequestPages(filter: RequestFilter): RequestPages {
  const client = useClient();
  const [pages, setPages] = useState<readonly Page[]>([]);
  const [error, setError] = useState<CombinedError>();
  const [isLoading, setIsLoading] = useState(true);

  const load = useCallback(
    async (after: string | null) => {
      setIsLoading(true);
      const options = { requestPolicy: 'network-only' } as const;
      const result = await client.query(RequestsDocument, { filter, after }, options).toPromise();
      const page = result.data?.requests;
      setIsLoading(false);
      setError(result.error);
      if (page) setPages((all) => (after === null ? [page] : [...all, page]));
    },
    [client, filter],
  );
  useEffect(() => {
    load(null);
  }, [load]);

  const rows = useMemo(() => pages.flatMap(({ nodes }) => nodes), [pages]);
  const last = pages.at(-1);
  return {
    rows,
    last,
    error,
    isLoading,
    loadMore: () => load(last?.pageInfo.endCursor ?? null),
    reload: () => load(null),
  };
}
