import type { ExecutionResult, GraphQLError } from 'graphql';
import { isAsyncIterable } from 'graphql-yoga';
import { errorTable } from '../domain/errors.ts';
import { toJsonLine } from '../lib/to-json-line.ts';
import { type PresentErrorOptions, presentError } from './present-error.ts';

/**
 * Converts a result, or each result of a subscription: its errors take the form that clients see, and it prints on one
 * line in a stream.
 */
export function presentResult(result: unknown, options: PresentErrorOptions): unknown {
  if (isAsyncIterable(result)) return presentEach(result as AsyncIterable<ExecutionResult>, options);
  return presentOne(result as ExecutionResult, options);
}

function presentOne(result: ExecutionResult, options: PresentErrorOptions): ExecutionResult {
  const { errors } = result;
  if (!errors) return Object.assign({ ...result }, { stringify: toJsonLine });
  const presented = errors.map((error) => presentError(error, options));
  const http = describeHttp(result.data, presented);
  const extensions = http ? { extensions: { ...result.extensions, http } } : {};
  return Object.assign({ ...result, errors: presented, ...extensions }, { stringify: toJsonLine });
}

/** The status and headers that Yoga gives the response: those of REST where an error says when to try again. */
function describeHttp(data: ExecutionResult['data'], errors: readonly GraphQLError[]) {
  const error = errors.find(({ extensions }) => extensions.retryAfterSeconds !== undefined);
  if (!error) return undefined;
  const headers = { 'retry-after': String(error.extensions.retryAfterSeconds) };
  const isEmpty = Object.values(data ?? {}).every((value) => value === null);
  const isUnavailable = error.extensions.code === 'unavailable' && isEmpty;
  return isUnavailable ? { status: errorTable.unavailable.status, headers } : { headers };
}

function presentEach(
  results: AsyncIterable<ExecutionResult>,
  options: PresentErrorOptions,
): AsyncIterableIterator<ExecutionResult> {
  const iterator = results[Symbol.asyncIterator]();
  let isDone = false;
  return {
    async next() {
      if (isDone) return { done: true, value: undefined };
      try {
        const step = await iterator.next();
        return step.done ? step : { done: false, value: presentOne(step.value, options) };
      } catch (error) {
        isDone = true;
        return { done: false, value: presentOne({ errors: [presentError(error, options)] }, options) };
      }
    },
    async return() {
      isDone = true;
      await iterator.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
