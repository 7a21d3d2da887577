import type { WebhookFault } from '../domain/webhook.ts';
import { parseRetryAfter } from '../lib/parse-retry-after.ts';

/** The result of one request. */
export interface PostOutcome {
  /** Null if there was no response. */
  readonly statusCode: number | null;
  /** Null if the message arrived. */
  readonly error: WebhookFault | null;
  /** The receiver's Retry-After, with 429 and 503. */
  readonly retryAfterSeconds?: number | undefined;
}

interface PostOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
}

/**
 * Posts a message once. Any 2xx is success. A redirect is a failure, because its target has not been checked. The response
 * body is not read. Never rejects.
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
    return { statusCode: status, error: toFault(status), retryAfterSeconds };
  } catch {
    return { statusCode: null, error: signal.aborted ? 'timeout' : 'unreachable' };
  }
}

function toFault(status: number): WebhookFault | null {
  if (status >= 200 && status < 300) return null;
  if (status >= 300 && status < 400) return 'redirect';
  return status === 410 ? 'gone' : 'status';
}
