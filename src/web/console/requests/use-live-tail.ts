import type { CombinedError } from '@urql/core';
import { useEffect, useState } from 'react';
import { useClient } from 'urql';
import { followRequests } from './follow-requests.ts';
import { addArrival, addNewestPage, type LiveRows, noLiveRows } from './live-rows.ts';
import type { RequestFilter } from './requests.generated.ts';

interface LiveTail extends LiveRows {
  /** Whether the newest requests have been loaded. */
  readonly isLoaded: boolean;
  /** Why the tail has ended for good. */
  readonly error: CombinedError | undefined;
}

/**
 * Returns the newest requests of a filter and those that come, the last one first. While it is not running it keeps what is shown; when
 * it runs again, it reads what has been logged in between. The filter has to be the same object in each render.
 */
export function useLiveTail(filter: RequestFilter, isRunning: boolean): LiveTail {
  const client = useClient();
  const [live, setLive] = useState<LiveRows>(noLiveRows);
  const [isLoaded, setIsLoaded] = useState(false);
  const [error, setError] = useState<CombinedError>();

  useEffect(() => {
    if (!isRunning) return undefined;
    return followRequests(client, filter, {
      onPage: ({ nodes, pageInfo }) => {
        setIsLoaded(true);
        setLive((shown) => addNewestPage(shown, nodes, pageInfo.hasNextPage));
      },
      onArrival: (arrival) => setLive((shown) => addArrival(shown, arrival)),
      onError: setError,
    });
  }, [client, filter, isRunning]);

  return { ...live, isLoaded, error };
}
