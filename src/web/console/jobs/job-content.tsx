import { quoteShell } from '../app/quote-shell.ts';
import { formatTime } from '../ui/format.ts';
import { TextPanel } from '../ui/text-panel.tsx';
import { isOpen } from './job-status.tsx';
import type { JobDetailsQuery } from './jobs.generated.ts';

type JobContentProps = Pick<
  NonNullable<JobDetailsQuery['job']>,
  'id' | 'status' | 'input' | 'messages' | 'metadata' | 'result' | 'purgedAt'
>;

/** What providers and clients have written is shown as text, and never as HTML. */
export function JobContent({ id, status, input, messages, metadata, result, purgedAt }: JobContentProps) {
  if (purgedAt != null) return <p className="muted">Input and result were deleted on {formatTime(purgedAt)}.</p>;
  const prompt = input ?? messages?.map(({ role, content }) => `${role}: ${content}`).join('\n\n');
  return (
    <div className="grid">
      {prompt != null && <TextPanel title="Input" text={prompt} />}
      {result != null && <TextPanel title="Result" text={result} />}
      {isOpen(status) && <TextPanel title="Follow its text" text={createFollowCommand(id)} />}
      {metadata != null && <TextPanel title="Metadata" text={JSON.stringify(metadata, null, 2)} />}
    </div>
  );
}

/** GraphQL has the result of a job once it has ended. Its text as it comes is in the events of the REST API. */
function createFollowCommand(id: string): string {
  const url = new URL(`/api/jobs/${encodeURIComponent(id)}/events`, location.origin).href;
  return `curl -N ${quoteShell(url)} -H 'x-api-key: YOUR_API_KEY'`;
}
