/** A small request of the visitor. */
interface TestRequest {
  /** A route, or a model with its provider before it. */
  readonly model: string;
  readonly message: string;
  readonly maxTokens: number;
}

/** What came of a request. */
export interface TestResult {
  readonly isOk: boolean;
  /** The text of the reply, or the message of the error. */
  readonly text: string;
  /** Until the whole reply was there. */
  readonly totalMs: number;
  /** 0: there was no reply. */
  readonly status: number;
  /** Of the request log. Undefined where the gateway did not answer. */
  readonly requestId: string | undefined;
  /** Those of the gateway. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** Sends a request to Chat Completions with the key of the visitor. Never rejects. */
export async function sendTestRequest(apiKey: string, request: TestRequest): Promise<TestResult> {
  const startedAtMs = performance.now();
  const measure = () => performance.now() - startedAtMs;
  try {
    const response = await fetch('/v1/chat/completions', {
      method: 'POST',
      headers: { 'x-api-key': apiKey, 'content-type': 'application/json' },
      body: JSON.stringify(encodeRequest(request)),
    });
    const text = await response.text();
    return {
      isOk: response.ok,
      text: readReplyText(text),
      totalMs: measure(),
      status: response.status,
      requestId: response.headers.get('x-request-id') ?? undefined,
      headers: [...response.headers].filter(([name]) => isGatewayHeader(name)),
    };
  } catch (error) {
    const text = `The gateway did not answer: ${error instanceof Error ? error.message : String(error)}`;
    return { isOk: false, text, totalMs: measure(), status: 0, requestId: undefined, headers: [] };
  }
}

function encodeRequest({ model, message, maxTokens }: TestRequest) {
  return { model, max_tokens: maxTokens, messages: [{ role: 'user', content: message }] };
}

function isGatewayHeader(name: string): boolean {
  return name.startsWith('x-gateway-') || name === 'retry-after' || name === 'x-should-retry';
}

/** Returns the text of a reply or the message of an error, and a body in another form as it came. */
export function readReplyText(body: string): string {
  try {
    const { choices, error } = JSON.parse(body) as {
      readonly choices?: readonly { readonly message?: { readonly content?: unknown } }[];
      readonly error?: { readonly message?: unknown };
    };
    const text = error ? error.message : choices?.[0]?.message?.content;
    return typeof text === 'string' ? text : body;
  } catch {
    return body;
  }
}
