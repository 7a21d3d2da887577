import { useState } from 'react';
import { useMutation } from 'urql';
import { describeError } from '../app/describe-error.ts';
import { useSession } from '../app/session.tsx';
import { Button } from '../ui/button.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { showToast } from '../ui/toast.tsx';
import { CancelJobDocument } from './jobs.generated.ts';

interface CancelButtonProps {
  readonly id: string;
  readonly onChange: () => void;
}

/** Cancels a job that has not ended, after a question. */
export function CancelButton({ id, onChange }: CancelButtonProps) {
  const { can } = useSession();
  const [isAsking, setIsAsking] = useState(false);
  const [{ fetching }, cancel] = useMutation(CancelJobDocument);
  if (!can('jobs')) return null;
  const cancelJob = async () => {
    const { error } = await cancel({ id });
    setIsAsking(false);
    showToast(error ? 'The job was not cancelled' : 'The job is cancelled', error && describeError(error));
    onChange();
  };
  return (
    <>
      <Button variant="danger" onClick={() => setIsAsking(true)}>
        Cancel job
      </Button>
      <ConfirmDialog
        title="Cancel this job?"
        action="Cancel job"
        isOpen={isAsking}
        isBusy={fetching}
        onConfirm={cancelJob}
        onClose={() => setIsAsking(false)}
      >
        <p>It ends at once. What it has produced so far is charged, and its result is lost.</p>
      </ConfirmDialog>
    </>
  );
}
