import { Badge, type Tone } from '../ui/badge.tsx';
import { formatRequestStatus } from './request-words.ts';
import type { RequestStatus } from './requests.generated.ts';

const tones: Readonly<Record<RequestStatus, Tone>> = {
  COMPLETED: 'good',
  FAILED: 'bad',
  REFUSED: 'warning',
  CLIENT_GONE: 'neutral',
};

export function RequestStatusBadge({ status }: { readonly status: RequestStatus }) {
  return <Badge tone={tones[status]}>{formatRequestStatus(status)}</Badge>;
}
