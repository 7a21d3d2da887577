import type { Client } from '@urql/core';
import { useEffect, useState } from 'react';
import { useClient } from 'urql';
import { RequestCostDocument, type RequestCostQuery } from './playground.generated.ts';

/** The request log has a request about a second after its end. */
const pollDelaysMs = [600, 600, 800, 1_000, 1_000, 1_500];

export type LoggedCost = NonNullable<RequestCostQuery['request']>;

/** Returns the cost of a request once the request log has it: undefined until then, null where it does not come. */
export function useRequestCost(requestId: string | undefined): LoggedCost | null | undefined {
  const client = useClient();
  const [cost, setCost] = useState<LoggedCost | null>();
  useEffect(() => {
    if (requestId === undefined) return undefined;
    let isActive = true;
    pollCost(client, requestId, () => isActive)
      .catch(() => null)
      .then((found) => isActive && setCost(found));
    return () => {
      isActive = false;
    };
  }, [client, requestId]);
  return cost;
}

async function pollCost(client: Client, id: string, isActive: () => boolean): Promise<LoggedCost | null> {
  for (const delayMs of pollDelaysMs) {
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    if (!isActive()) return null;
    const { data } = await client.query(RequestCostDocument, { id }, { requestPolicy: 'network-only' }).toPromise();
    if (data?.request) return data.request;
  }
  return null;
}
