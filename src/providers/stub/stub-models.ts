/**
 * Stub's models. `stub` answers; `stub-slow` takes 2 s to begin and 200 ms for each chunk. The others fail as providers do.
 * `stub-error`, `stub-429` and `stub-overloaded` say so by their status: 500, 429 with `retry-after`, 529. The rest fail under
 * status 200: `stub-empty` sends a reply without content, `stub-late-error` an error behind the first event and before any content,
 * `stub-cut` breaks off in the middle. Any other vendor's model is answered as `stub` is, so that a call can be tried by changing
 * nothing but its provider.
 */
export const stubModels = [
  'stub',
  'stub-error',
  'stub-slow',
  'stub-cut',
  'stub-429',
  'stub-overloaded',
  'stub-empty',
  'stub-late-error',
] as const;

/** How a model fails before it replies. */
interface StubFailure {
  readonly status: number;
  readonly message: string;
  readonly type: string;
  readonly code: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

const failures: ReadonlyMap<string, StubFailure> = new Map([
  ['stub-error', { status: 500, message: 'stub-error fails on purpose.', type: 'server_error', code: null }],
  [
    'stub-429',
    {
      status: 429,
      message: 'stub-429 limits the rate of requests on purpose.',
      type: 'requests',
      code: 'rate_limit_exceeded',
      headers: { 'retry-after': '2' },
    },
  ],
  [
    'stub-overloaded',
    { status: 529, message: 'stub-overloaded is overloaded on purpose.', type: 'overloaded_error', code: null },
  ],
]);

/** Returns how a model fails before it replies: one that fails always, or one of Stub's that does not exist. */
export function findStubFailure(model: string): StubFailure | undefined {
  if (!model.startsWith('stub-') || stubModels.some((name) => name === model)) return failures.get(model);
  const message = `The model ${model} does not exist. Stub's models are ${stubModels.join(', ')}.`;
  return { status: 404, message, type: 'invalid_request_error', code: 'model_not_found' };
}
