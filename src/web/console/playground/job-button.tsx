import { useState } from 'react';
import { useMutation } from 'urql';
import { Link } from 'wouter';
import { describeError } from '../app/describe-error.ts';
import { Button } from '../ui/button.tsx';
import { showToast } from '../ui/toast.tsx';
import type { ChatBody } from './chat-api-types.ts';
import { toJobInput } from './job-input.ts';
import { CreateJobDocument } from './playground.generated.ts';

interface JobButtonProps {
  /** The request of each column. */
  readonly bodies: readonly ChatBody[];
  /** Why nothing can be sent now. */
  readonly obstacle: string | undefined;
}

/** Sends the conversation as a job to each model, and links to the jobs. */
export function JobButton({ bodies, obstacle }: JobButtonProps) {
  const [jobIds, setJobIds] = useState<readonly string[]>([]);
  const [{ fetching }, createJob] = useMutation(CreateJobDocument);
  const inputs = bodies.map(toJobInput);
  const reason = obstacle ?? inputs.find((input) => typeof input === 'string');

  const send = async () => {
    for (const input of inputs) {
      if (typeof input === 'string') continue;
      const { data, error } = await createJob({ input });
      if (error) return showToast('The job was not created', describeError(error));
      if (data) setJobIds((ids) => [...ids, data.createJob.id]);
    }
    showToast('The job is created');
  };
  return (
    <>
      <Button disabled={reason !== undefined} isBusy={fetching} onClick={send}>
        Send as job
      </Button>
      {reason !== undefined && <span className="hint muted">{reason}</span>}
      {jobIds.map((id) => (
        <Link key={id} href={`~/console/jobs/${id}`}>
          Job {id}
        </Link>
      ))}
    </>
  );
}
