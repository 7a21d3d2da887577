import { useEffect, useRef, useState } from 'react';
import { useClient, useQuery } from 'urql';
import { Link } from 'wouter';
import { describeError } from '../app/describe-error.ts';
import { useSession } from '../app/session.tsx';
import { Button } from '../ui/button.tsx';
import { formatTime } from '../ui/format.ts';
import { QueryState } from '../ui/query-state.tsx';
import type { LoggedConversation } from './logged-conversation.ts';
import { parseLoggedBody } from './parse-logged-body.ts';
import { LoggedBodiesDocument, LoggedRequestDocument, type LoggedRequestQuery } from './playground.generated.ts';

type LoggedRequest = NonNullable<LoggedRequestQuery['request']>;

interface LoggedRequestPanelProps {
  readonly id: string;
  /** The model that is chosen. The one of the request is taken where there is none. */
  readonly model: string;
  readonly onModel: (model: string) => void;
  readonly onLoad: (conversation: LoggedConversation) => void;
}

/** A request of the request log, whose model and messages can be sent again. */
export function LoggedRequestPanel({ id, ...panel }: LoggedRequestPanelProps) {
  const { can } = useSession();
  return (
    <section className="panel stack" aria-label="Request">
      <h2>
        Request <span className="mono">{id}</span>
      </h2>
      {can('read') ? (
        <LoggedRequestQueryView id={id} {...panel} />
      ) : (
        <p>The request log needs a key with the scope read.</p>
      )}
    </section>
  );
}

function LoggedRequestQueryView({ id, ...panel }: LoggedRequestPanelProps) {
  const [result, reload] = useQuery({ query: LoggedRequestDocument, variables: { id } });
  return (
    <QueryState result={result} onRetry={() => reload({ requestPolicy: 'network-only' })}>
      {({ request }) =>
        request ? <LoggedRequestView request={request} {...panel} /> : <p>The request log has no such request.</p>
      }
    </QueryState>
  );
}

interface LoggedRequestViewProps extends Omit<LoggedRequestPanelProps, 'id'> {
  readonly request: LoggedRequest;
}

function LoggedRequestView({ request, model: chosenModel, onModel, onLoad }: LoggedRequestViewProps) {
  const { can } = useSession();
  const model = findModelName(request);
  const isOffered = useRef(false);
  useEffect(() => {
    if (isOffered.current || model === undefined) return;
    isOffered.current = true;
    if (chosenModel === '') onModel(model);
  }, [model, chosenModel, onModel]);
  return (
    <>
      <p className="muted">
        {formatTime(request.createdAt)} · {request.path} ·{' '}
        <Link href={`~/console/requests/${encodeURIComponent(request.id)}`}>Show the request</Link>
      </p>
      <div className="actions">
        {model !== undefined && model !== chosenModel && (
          <Button onClick={() => onModel(model)}>Use its model {model}</Button>
        )}
        {can('admin') && <LoadButton request={request} onLoad={onLoad} />}
      </div>
      {!can('admin') && <p className="muted">Only a key with the scope admin reads the messages of requests.</p>}
    </>
  );
}

/** The provider makes the name of a model unambiguous. */
function findModelName({ route, provider, model }: LoggedRequest): string | undefined {
  if (route != null) return route;
  if (model == null) return undefined;
  return provider == null ? model : `${provider}/${model}`;
}

/** Each reading of bodies is an entry of the audit log: only the visitor starts it. */
function LoadButton({ request, onLoad }: Pick<LoggedRequestViewProps, 'request' | 'onLoad'>) {
  const client = useClient();
  const [isBusy, setIsBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [leftOut, setLeftOut] = useState<readonly string[]>();
  const load = async () => {
    setIsBusy(true);
    const options = { requestPolicy: 'network-only' } as const;
    const { data, error } = await client.query(LoggedBodiesDocument, { id: request.id }, options).toPromise();
    setIsBusy(false);
    const loaded = error ? describeError(error) : readBodies(request.path, data?.requestBodies);
    setProblem(typeof loaded === 'string' ? loaded : undefined);
    if (typeof loaded === 'string') return;
    setLeftOut(loaded.leftOut);
    onLoad(loaded);
  };
  return (
    <>
      <Button variant="primary" isBusy={isBusy} onClick={load}>
        Load its messages
      </Button>
      <span className="hint muted">The audit log gets an entry.</span>
      {problem !== undefined && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
      {leftOut && (
        <p role="status">
          Loaded{leftOut.length > 0 && <> without {leftOut.join(', ')}, which the playground cannot send</>}.
        </p>
      )}
    </>
  );
}

interface Bodies {
  readonly request: string | null;
  readonly isRequestCut: boolean;
}

function readBodies(path: string, bodies: Bodies | null | undefined): LoggedConversation | string {
  if (bodies?.request == null) return 'The body of this request was not kept.';
  if (bodies.isRequestCut) return 'Only the beginning of this body was kept, so that its messages cannot be read.';
  return parseLoggedBody(path, bodies.request);
}
