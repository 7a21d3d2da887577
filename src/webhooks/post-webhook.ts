import type { WebhookFault } from '../domain/webhook.ts';
import { parseRetryAfter } from '../lib/parse-retry-after.ts';

/** What came of one request. */
export interface PostOutcome {
  /** Null where there was no answer. */
  readonly statusCode: number | null;
  /** Null where the message arrived. */
  readonly error: WebhookFault | null;
  /** What the receiver asked for, with 429 and 503. */
  readonly retryAfterSeconds?: number | undefined;
}

interface PostOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
}

/**
 * Posts a message once. Any 2xx is an arrival; a redirect is a failure, for where it leads has not been checked. The
 * answer's body is not read: nothing a receiver writes is worth waiting for or keeping. Never rejects.
 */
export async function postWebhook(
  fetch: typeof globalThis.fetch,
  { url, headers, body, timeoutMs }: PostOptions,
): Promise<PostOutcome> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', 'user-agent': 'ai-aggregator-webhooks/1' },
      body,
      redirect: 'manual',
      signal,
    });
    await response.body?.cancel().catch(() => undefined);
    const { status } = response;
    const retryAfterSeconds = status === 429 || status === 503 ? parseRetryAfter(response.headers) : undefined;
    return { statusCode: status, error: faultOf(status), retryAfterSeconds };
  } catch {
    return { statusCode: null, error: signal.aborted ? 'timeout' : 'unreachable' };
  }
}

function faultOf(status: number): WebhookFault | null {
  if (status >= 200 && status < 300) return null;
  if (status >= 300 && status < 400) return 'redirect';
  return status === 410 ? 'gone' : 'status';
}
