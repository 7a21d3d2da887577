import type { ExecutionResult } from 'graphql';
import { isAsyncIterable } from 'graphql-yoga';
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
  const presented = errors ? { ...result, errors: errors.map((error) => presentError(error, options)) } : { ...result };
  return Object.assign(presented, { stringify: toJsonLine });
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
