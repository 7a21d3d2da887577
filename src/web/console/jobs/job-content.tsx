import { formatTime } from '../ui/format.ts';
import { TextPanel } from '../ui/text-panel.tsx';
import type { JobDetailsQuery } from './jobs.generated.ts';
import { useJobText } from './use-job-text.ts';

type JobContentProps = Pick<
  NonNullable<JobDetailsQuery['job']>,
  'id' | 'input' | 'messages' | 'metadata' | 'result' | 'purgedAt'
>;

/** What providers and clients have written is shown as text, and never as HTML. */
export function JobContent({ id, input, messages, metadata, result, purgedAt }: JobContentProps) {
  const text = useJobText(id, result == null && purgedAt == null);
  if (purgedAt != null) return <p className="muted">Input and result were deleted on {formatTime(purgedAt)}.</p>;
  const prompt = input ?? messages?.map(({ role, content }) => `${role}: ${content}`).join('\n\n');
  return (
    <div className="grid">
      {prompt != null && <TextPanel title="Input" text={prompt} />}
      {result != null && <TextPanel title="Result" text={result} />}
      {result == null && text !== '' && <TextPanel title="Text so far" text={text} />}
      {metadata != null && <TextPanel title="Metadata" text={JSON.stringify(metadata, null, 2)} />}
    </div>
  );
}
