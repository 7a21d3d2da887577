/** Finds the recorded requests of the provider server whose bodies contain a text. */
export async function findRecordedRequests(
  providerUrl: string,
  text: string,
): Promise<{ body: string; aborted: boolean }[]> {
  const response = await fetch(`${providerUrl}/_seen?containing=${encodeURIComponent(text)}`);
  const { requests } = (await response.json()) as { requests: { body: unknown; aborted: boolean }[] };
  return requests.map(({ body, aborted }) => ({ body: JSON.stringify(body), aborted }));
}
