import { useState } from 'react';
import { useClient } from 'urql';
import { describeError } from '../app/describe-error.ts';
import { useSession } from '../app/session.tsx';
import { Button } from '../ui/button.tsx';
import { formatTime } from '../ui/format.ts';
import { TextPanel } from '../ui/text-panel.tsx';
import { type BodyRetention, KeptBodiesDocument, type KeptBodiesQuery } from './requests.generated.ts';

export type KeptBodies = KeptBodiesQuery;

interface KeptBodiesSectionProps {
  readonly request: { readonly id: string; readonly keyId: string };
  readonly bodies: KeptBodies | undefined;
  readonly onLoad: (bodies: KeptBodies) => void;
}

/** The kept bodies of a request. They are read once, when the visitor wishes so, because each reading is recorded. */
export function KeptBodiesSection({ request: { id, keyId }, bodies, onLoad }: KeptBodiesSectionProps) {
  const client = useClient();
  const { can } = useSession();
  const [problem, setProblem] = useState<string>();
  const [isLoading, setIsLoading] = useState(false);
  const load = async () => {
    setIsLoading(true);
    const options = { requestPolicy: 'network-only' } as const;
    const { data, error } = await client.query(KeptBodiesDocument, { requestId: id, keyId }, options).toPromise();
    setIsLoading(false);
    setProblem(error && describeError(error));
    if (data) onLoad(data);
  };
  return (
    <section className="stack">
      <h2>Bodies</h2>
      {!can('admin') && <p className="muted">Kept bodies are for API keys with the scope admin.</p>}
      {can('admin') && !bodies && (
        <div className="actions">
          <Button isBusy={isLoading} onClick={load}>
            Show bodies
          </Button>
          <span className="muted">The audit log records each reading. Until then Copy as curl has a minimal body.</span>
        </div>
      )}
      {problem !== undefined && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
      {bodies && <BodyPanels bodies={bodies} />}
    </section>
  );
}

/** What clients and models have written is shown as text, and never as HTML. */
function BodyPanels({ bodies: { requestBodies: kept, node } }: { readonly bodies: KeptBodies }) {
  if (!kept) return <p>{explainAbsence(node && 'keepBodies' in node ? node.keepBodies : undefined)}</p>;
  const { request, reply, isRequestCut, isReplyCut } = kept;
  return (
    <>
      <p className="muted">Secrets are masked. The bodies are deleted on {formatTime(kept.expiresAt)}.</p>
      <div className="grid">
        <BodyPanel
          title="Request body"
          text={request}
          isCut={isRequestCut}
          absence="It was not JSON, or was not read."
        />
        <BodyPanel
          title="Reply body"
          text={reply}
          isCut={isReplyCut}
          absence="It was neither JSON nor a stream of text."
        />
      </div>
    </>
  );
}

interface BodyPanelProps {
  readonly title: string;
  readonly text: string | null;
  readonly isCut: boolean;
  /** Why there is none. */
  readonly absence: string;
}

function BodyPanel({ title, text, isCut, absence }: BodyPanelProps) {
  return (
    <div className="stack">
      {text === null ? (
        <>
          <h3>{title}</h3>
          <p className="muted">Not kept. {absence}</p>
        </>
      ) : (
        <TextPanel title={title} text={text} />
      )}
      {isCut && <p className="problem">Cut: the first 64 KiB are kept.</p>}
    </div>
  );
}

function explainAbsence(keepBodies: BodyRetention | undefined): string {
  const start = 'No bodies are kept for this request.';
  if (keepBodies === 'NONE')
    return `${start} Its API key keeps none: set keepBodies of the key to keep them from now on.`;
  if (keepBodies === 'ERRORS') return `${start} Its API key keeps those of requests that fail or are refused.`;
  return `${start} Either its API key did not keep them at that time, or they have been deleted since.`;
}
