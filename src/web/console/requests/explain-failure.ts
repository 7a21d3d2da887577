import { errorHints } from './error-hints.ts';
import type { RequestStatus } from './requests.generated.ts';

interface EndedRequest {
  readonly status: RequestStatus;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly attemptCount: number;
}

/** Why a request has failed, and what its client can do. */
export interface FailureExplanation {
  readonly sentence: string;
  readonly hint: string | undefined;
}

/** Explains a request that has no whole reply; undefined for one that is completed. */
export function explainFailure(request: EndedRequest): FailureExplanation | undefined {
  const { status, errorCode } = request;
  if (status === 'COMPLETED') return undefined;
  if (status === 'CLIENT_GONE') {
    return { sentence: 'The client disconnected before the reply had ended.', hint: undefined };
  }
  const { errorMessage } = request;
  const message = errorMessage === null || /[.!?]$/.test(errorMessage) ? errorMessage : `${errorMessage}.`;
  const end = describeEnd(request);
  return {
    sentence: message === null ? `${end}.` : `${end}: ${message}`,
    hint: errorHints.get(errorCode ?? ''),
  };
}

function describeEnd({ status, errorCode, attemptCount }: EndedRequest): string {
  const code = errorCode === null ? '' : ` with ${errorCode}`;
  if (status === 'REFUSED') return `The gateway refused the request${code}, before it asked a provider`;
  return attemptCount > 1 ? `The last of ${attemptCount} attempts failed${code}` : `The request failed${code}`;
}
