import { useMutation } from 'urql';
import { describeError } from '../app/describe-error.ts';
import { useSession } from '../app/session.tsx';
import { Button } from '../ui/button.tsx';
import { showToast } from '../ui/toast.tsx';
import { RetryJobDocument } from './jobs.generated.ts';

interface RetryButtonProps {
  readonly id: string;
  readonly size?: 'normal' | 'small';
  readonly onChange: () => void;
}

/** Does a failed job again, as a new job. */
export function RetryButton({ id, size = 'normal', onChange }: RetryButtonProps) {
  const { can } = useSession();
  const [{ fetching }, retry] = useMutation(RetryJobDocument);
  if (!can('jobs')) return null;
  const retryJob = async () => {
    const { data, error } = await retry({ id });
    const title = data ? `Job ${data.retryJob.id} does it again` : 'The job was not retried';
    showToast(title, error && describeError(error));
    onChange();
  };
  return (
    <Button size={size} isBusy={fetching} onClick={retryJob}>
      Retry
    </Button>
  );
}
