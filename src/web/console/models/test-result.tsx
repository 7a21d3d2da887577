import { useEffect, useState } from 'react';
import { useClient } from 'urql';
import { Link } from 'wouter';
import { useSession } from '../app/session.tsx';
import { Badge } from '../ui/badge.tsx';
import { DataTable } from '../ui/data-table.tsx';
import { formatDollars, formatMs, unknownValue } from '../ui/format.ts';
import { PropertyList } from '../ui/property-list.tsx';
import { TestedRequestDocument, type TestedRequestQuery } from './models.generated.ts';
import type { TestResult } from './send-test-request.ts';

type LoggedRequest = NonNullable<TestedRequestQuery['request']>;

const pollMs = 700;
const maxPolls = 15;

/** What came of a request, and what the request log says about it as soon as it is there. */
export function TestResultPanel({ result }: { readonly result: TestResult }) {
  const { isOk, status, text, totalMs, requestId, headers } = result;
  const { can } = useSession();
  const { request, isWaiting } = useLoggedRequest(can('read') ? requestId : undefined);
  return (
    <section className="stack" aria-label="Result">
      <p role="status">
        <Badge tone={isOk ? 'good' : 'bad'}>{isOk ? 'Ok' : 'Failed'}</Badge>{' '}
        <span>
          {status > 0 && `Status ${status} · `}
          {formatMs(totalMs)}
          {describeAnswer(result)}
        </span>
      </p>
      <pre className={isOk ? undefined : 'problem'}>{text === '' ? 'The reply has no text.' : text}</pre>
      <PropertyList
        properties={[
          {
            label: 'Cost',
            value: request ? formatDollars(request.cost) : isWaiting ? 'Waiting for it…' : unknownValue,
          },
          ...(requestId === undefined ? [] : [{ label: 'Request', value: <RequestLink id={requestId} /> }]),
          ...headers.map(([label, value]) => ({ label, value })),
        ]}
      />
      {request && request.attempts.length > 0 && <AttemptTable attempts={request.attempts} />}
    </section>
  );
}

/** Says which target has answered, and at which attempt. */
function describeAnswer({ isOk, headers }: TestResult): string {
  const { 'x-gateway-provider': provider, 'x-gateway-model': model, ...others } = Object.fromEntries(headers);
  const attempts = others['x-gateway-attempts'];
  if (!isOk || provider === undefined || model === undefined) return '';
  return ` · ${provider}/${model} has answered${attempts === undefined ? '' : ` at attempt ${attempts}`}`;
}

function RequestLink({ id }: { readonly id: string }) {
  return (
    <Link href={`~/console/requests/${encodeURIComponent(id)}`} className="mono">
      {id}
    </Link>
  );
}

function AttemptTable({ attempts }: Pick<LoggedRequest, 'attempts'>) {
  return (
    <DataTable
      caption="Attempts of the request"
      rows={attempts}
      rowKey={({ number }) => String(number)}
      columns={[
        { id: 'number', header: 'Attempt', isNumber: true, cell: ({ number }) => number },
        { id: 'target', header: 'Target', cell: ({ provider, model }) => `${provider}/${model}` },
        {
          id: 'status',
          header: 'Status',
          cell: ({ status, errorCode }) => status.toLowerCase() + (errorCode === null ? '' : `: ${errorCode}`),
        },
        { id: 'time', header: 'Time', isNumber: true, cell: ({ totalMs }) => formatMs(totalMs) },
        { id: 'cost', header: 'Cost', isNumber: true, cell: ({ cost }) => formatDollars(cost) },
      ]}
    />
  );
}

/** Returns a request of the log, which has it about a second after its end. */
function useLoggedRequest(id: string | undefined) {
  const client = useClient();
  const [request, setRequest] = useState<LoggedRequest>();
  const [polls, setPolls] = useState(0);
  const isWaiting = id !== undefined && request === undefined && polls < maxPolls;
  useEffect(() => {
    if (id === undefined || !isWaiting) return undefined;
    const poll = async () => {
      const { data } = await client.query(TestedRequestDocument, { id }, { requestPolicy: 'network-only' }).toPromise();
      if (data?.request) setRequest(data.request);
      setPolls(polls + 1);
    };
    const timer = setTimeout(poll, pollMs);
    return () => clearTimeout(timer);
  }, [client, id, isWaiting, polls]);
  return { request, isWaiting };
}
