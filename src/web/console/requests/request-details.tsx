import { useState } from 'react';
import { useQuery } from 'urql';
import { Link } from 'wouter';
import { useSession } from '../app/session.tsx';
import { Button } from '../ui/button.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Figures } from '../ui/figures.tsx';
import { formatCount, formatDollars, formatMs } from '../ui/format.ts';
import { PageHeader } from '../ui/page-header.tsx';
import { QueryState } from '../ui/query-state.tsx';
import { AttemptList } from './attempt-list.tsx';
import { buildCurl, isChatPath } from './build-curl.ts';
import { explainFailure } from './explain-failure.ts';
import { type KeptBodies, KeptBodiesSection } from './kept-bodies.tsx';
import { RequestProperties } from './request-properties.tsx';
import { RequestStatusBadge } from './request-status-badge.tsx';
import { type LoggedRequestFragment, RequestDetailsDocument } from './requests.generated.ts';

/** One request, by the id of the gateway or of the client. */
export function RequestDetails({ id }: { readonly id: string }) {
  const [result, load] = useQuery({ query: RequestDetailsDocument, variables: { id } });
  const reload = () => load({ requestPolicy: 'network-only' });
  return (
    <>
      <p>
        <Link href="/">← Requests</Link>
      </p>
      <QueryState result={result} onRetry={reload}>
        {({ request }) =>
          request ? (
            <RequestView request={request} />
          ) : (
            <UnknownRequest id={id} isLoading={result.fetching} onRetry={reload} />
          )
        }
      </QueryState>
    </>
  );
}

interface UnknownRequestProps {
  readonly id: string;
  readonly isLoading: boolean;
  readonly onRetry: () => void;
}

function UnknownRequest({ id, isLoading, onRetry }: UnknownRequestProps) {
  return (
    <EmptyState title="There is no such request">
      <p>
        The log has no request <code>{id}</code> that this API key may read. A request is logged about a second after it
        has ended.
      </p>
      <Button isBusy={isLoading} onClick={onRetry}>
        Try again
      </Button>
    </EmptyState>
  );
}

function RequestView({ request }: { readonly request: LoggedRequestFragment }) {
  const [bodies, setBodies] = useState<KeptBodies>();
  const kept = bodies?.requestBodies;
  return (
    <>
      <PageHeader title={request.id}>
        <RequestStatusBadge status={request.status} />
        <CopyButton text={request.id} label="Copy id" />
        <RequestActions request={request} body={kept?.isRequestCut ? null : (kept?.request ?? null)} />
      </PageHeader>
      <Failure request={request} />
      <RequestFigures request={request} />
      <RequestProperties request={request} />
      <AttemptList request={request} />
      <KeptBodiesSection request={request} bodies={bodies} onLoad={setBodies} />
    </>
  );
}

function Failure({ request }: { readonly request: LoggedRequestFragment }) {
  const explanation = explainFailure(request);
  if (!explanation) return null;
  const { sentence, hint } = explanation;
  return (
    <div className="panel">
      <p className={request.status === 'CLIENT_GONE' ? undefined : 'problem'}>{sentence}</p>
      {hint !== undefined && <p>What to do: {hint}</p>}
      {request.represents > 1 && (
        <p>
          The API key sent more such requests than are logged one by one: this row stands for{' '}
          {formatCount(request.represents)}.
        </p>
      )}
    </div>
  );
}

function RequestActions({ request, body }: { readonly request: LoggedRequestFragment; readonly body: string | null }) {
  const { can } = useSession();
  const { id, path, route, model, jobId } = request;
  const curl = buildCurl({ origin: location.origin, path, model: route ?? model, body });
  return (
    <>
      <CopyButton text={curl} label="Copy as curl" />
      {can('chat') && isChatPath(path) && (
        <Link className="button plain small" href={`~/console/playground?request=${encodeURIComponent(id)}`}>
          Open in playground
        </Link>
      )}
      {jobId !== null && (
        <Link className="button plain small" href={`~/console/jobs/${jobId}`}>
          Show job
        </Link>
      )}
    </>
  );
}

function RequestFigures({ request }: { readonly request: LoggedRequestFragment }) {
  const { tokensIn, tokensOut, cacheReadTokens, reasoningTokens, cost, savedCost, firstByteMs, totalMs } = request;
  return (
    <Figures
      figures={[
        {
          label: 'Tokens in',
          value: formatCount(tokensIn),
          note: cacheReadTokens ? `${formatCount(cacheReadTokens)} read from a cache` : undefined,
        },
        {
          label: 'Tokens out',
          value: formatCount(tokensOut),
          note: reasoningTokens ? `${formatCount(reasoningTokens)} of reasoning` : undefined,
        },
        {
          label: 'Cost',
          value: formatDollars(cost),
          note: savedCost === null ? undefined : `an earlier reply saved ${formatDollars(savedCost)}`,
        },
        { label: 'First byte', value: formatMs(firstByteMs) },
        { label: 'Total', value: formatMs(totalMs) },
      ]}
    />
  );
}
