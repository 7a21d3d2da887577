import type { ExecutionResult } from 'graphql';
import { isAsyncIterable } from 'graphql-yoga';
import { toJsonLine } from '../lib/to-json-line.ts';
import { presentError } from './present-error.ts';

type Present = Parameters<typeof presentError>[1];

/** A result, or each of a subscription's, with its errors as clients are told of them, and on one line in a stream. */
export function presentResult(result: unknown, options: Present): unknown {
  if (isAsyncIterable(result)) return presentEach(result as AsyncIterable<ExecutionResult>, options);
  return presentOne(result as ExecutionResult, options);
}

function presentOne(result: ExecutionResult, options: Present): ExecutionResult {
  const { errors } = result;
  const presented = errors ? { ...result, errors: errors.map((error) => presentError(error, options)) } : { ...result };
  return Object.assign(presented, { stringify: toJsonLine });
}

function presentEach(
  results: AsyncIterable<ExecutionResult>,
  options: Present,
): AsyncIterableIterator<ExecutionResult> {
  const iterator = results[Symbol.asyncIterator]();
  let ended = false;
  return {
    async next() {
      if (ended) return { done: true, value: undefined };
      try {
        const step = await iterator.next();
        return step.done ? step : { done: false, value: presentOne(step.value, options) };
      } catch (error) {
        ended = true;
        return { done: false, value: presentOne({ errors: [presentError(error, options)] }, options) };
      }
    },
    async return() {
      ended = true;
      await iterator.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
