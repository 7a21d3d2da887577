import { StartError } from '../dev/start-error.ts';
import { findWebhookUrlProblem } from '../lib/webhook-url.ts';
import { type PostOutcome, postWebhook } from '../webhooks/post-webhook.ts';
import { signWebhook } from '../webhooks/sign-webhook.ts';
import { describeNetworkError, findNetworkCode } from './network-errors.ts';

interface TestOptions {
  /** The Worker's variables. They are valid. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs?: number;
}

/** As long as a delivery waits. */
const defaultTimeoutMs = 10_000;
const maxShownLength = 200;

/**
 * Sends the operator's webhook one signed event `alert.test`. Resolves with what came back. Throws a StartError that says what to fix,
 * where a delivery would have failed.
 */
export async function testAlert({ variables, timeoutMs = defaultTimeoutMs }: TestOptions): Promise<string> {
  const { ALERT_WEBHOOK_URL: url, ALERT_WEBHOOK_SECRET: secret } = variables;
  if (url === undefined || secret === undefined) {
    throw new StartError('There is no webhook for alerts: set ALERT_WEBHOOK_SECRET and ALERT_WEBHOOK_URL.');
  }
  const nowMs = Date.now();
  const id = `whd_${crypto.randomUUID().replaceAll('-', '')}`;
  const message = 'This is a test: nothing has failed.';
  const body = JSON.stringify({ type: 'alert.test', timestamp: new Date(nowMs).toISOString(), id, data: { message } });
  const headers = signWebhook({ id, body, sentAtMs: nowMs }, [secret]);
  const exchange = new ObservedExchange();
  const outcome = await postWebhook(exchange.fetch, { url, headers, body, timeoutMs });
  const { host } = new URL(url);
  if (outcome.error !== null) throw new StartError(explainFailure(outcome, { host, exchange, timeoutMs }));
  const warning = findWebhookUrlProblem(url, { local: false });
  return [
    `${host} accepted alert.test (${id}) with status ${outcome.statusCode} after ${Date.now() - nowMs} ms.${exchange.describeReply()}`,
    ...(warning === undefined ? [] : [`A deployed gateway refuses this URL: ALERT_WEBHOOK_URL ${warning}.`]),
  ].join('\n');
}

/** Keeps what the delivery of a webhook does not read: the reply, and the error where there is none. */
class ObservedExchange {
  thrown: unknown;
  location: string | null = null;
  #text = '';

  readonly fetch: typeof fetch = async (...args) => {
    try {
      const response = await fetch(...args);
      this.location = response.headers.get('location');
      this.#text = await response.text().catch(() => '');
      return new Response(null, { status: response.status });
    } catch (error) {
      this.thrown = error;
      throw error;
    }
  };

  /** A sentence with the beginning of the reply; empty where it has no text. */
  describeReply(): string {
    const text = this.#text.replaceAll(/[^\P{C}]|\s+/gu, ' ').trim();
    return text === '' ? '' : ` It said: ${text.slice(0, maxShownLength)}`;
  }
}

interface FailedExchange {
  readonly host: string;
  readonly exchange: ObservedExchange;
  readonly timeoutMs: number;
}

function explainFailure({ statusCode, error }: PostOutcome, { host, exchange, timeoutMs }: FailedExchange): string {
  if (error === 'timeout')
    return `${host} did not answer within ${timeoutMs / 1000} s: answer before the work is done.`;
  if (statusCode === null) {
    const code = findNetworkCode(exchange.thrown) ?? 'no connection';
    return `${host} could not be reached (${code}): ${describeNetworkError(code)}. The URL is in ALERT_WEBHOOK_URL.`;
  }
  return `${host} refused alert.test with status ${statusCode}: ${describeStatus(statusCode, exchange)}.${exchange.describeReply()}`;
}

function describeStatus(status: number, { location }: ObservedExchange): string {
  if (status >= 300 && status <= 399) {
    return `redirects are not followed, so ALERT_WEBHOOK_URL has to be the final address (${location ?? 'unknown'})`;
  }
  if (status === 404 || status === 405) return 'check the path of ALERT_WEBHOOK_URL, and that it takes POST';
  if (status === 410) return 'with 410 a receiver ends a delivery for good';
  if (status >= 500) return 'look at its log. A delivery is retried';
  return 'check that it verifies with ALERT_WEBHOOK_SECRET, and that its clock is right';
}
