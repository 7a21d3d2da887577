import type { CombinedError } from '@urql/core';
import type { ReactNode } from 'react';
import { describeError } from '../app/describe-error.ts';
import { ErrorState } from './error-state.tsx';
import { Loading } from './loading.tsx';

interface QueryStateProps<Data> {
  readonly result: {
    readonly data?: Data | undefined;
    readonly error?: CombinedError | undefined;
    readonly fetching: boolean;
  };
  readonly onRetry: () => void;
  readonly children: (data: Data) => ReactNode;
}

/** Shows the data of a query, or that it is loading, or why it has failed. Data that is there stays while it is loaded again. */
export function QueryState<Data>({ result, onRetry, children }: QueryStateProps<Data>) {
  const { data, error } = result;
  if (data) return children(data);
  if (error) return <ErrorState message={describeError(error)} onRetry={onRetry} />;
  return <Loading />;
}
