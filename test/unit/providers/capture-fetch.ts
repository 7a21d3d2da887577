/** A request as a provider sent it. */
export interface SentRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: string;
  readonly signal: AbortSignal;
}

/** A `fetch` that keeps what it is asked to send and answers with what it is given. */
export function captureFetch(answer: () => Response | Promise<Response>) {
  const sent: SentRequest[] = [];
  const capture = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input instanceof URL ? input.href : input, init);
    const { url, method, headers } = request;
    const signal = init?.signal ?? request.signal;
    sent.push({ url, method, headers, body: await request.text(), signal });
    return answer();
  };
  return { fetch: capture as typeof fetch, sent };
}
