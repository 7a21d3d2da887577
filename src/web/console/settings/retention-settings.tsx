import { useQuery } from 'urql';
import { formatCount } from '../ui/format.ts';
import { PropertyList } from '../ui/property-list.tsx';
import { QueryState } from '../ui/query-state.tsx';
import { RetentionDocument, type RetentionQuery } from './retention.generated.ts';

/** How long the gateway stores what. */
export function RetentionSettings() {
  const [result, reload] = useQuery({ query: RetentionDocument });
  return (
    <section className="stack">
      <h2>How long data is stored</h2>
      <QueryState result={result} onRetry={() => reload({ requestPolicy: 'network-only' })}>
        {({ retention }) => <PropertyList properties={listPeriods(retention)} />}
      </QueryState>
      <p className="muted">
        The operator sets these times by variables of the Worker. All data is listed in docs/guides/operate.md, "Which
        data is stored?".
      </p>
    </section>
  );
}

function listPeriods({ requestDays, bodyDays, responseDays, jobDays }: RetentionQuery['retention']) {
  return [
    { label: 'Request log', value: `${formatDays(requestDays)} after the request has started` },
    {
      label: 'Bodies of requests and replies',
      value: bodyDays === 0 ? 'Off: no bodies are kept' : `${formatDays(bodyDays)}, of API keys that keep them`,
    },
    {
      label: 'Responses',
      value:
        responseDays === 0
          ? 'Off: no Responses are stored'
          : `${formatDays(responseDays)}, of tenants that store them, or until they are deleted`,
    },
    {
      label: 'Inputs, results and attempts of jobs',
      value: `${formatDays(jobDays)} after the job has ended. Its status, tokens and cost stay`,
    },
    { label: 'Usage ledger', value: 'No end' },
    { label: 'Audit log', value: 'No end' },
  ];
}

function formatDays(days: number): string {
  return days === 1 ? '1 day' : `${formatCount(days)} days`;
}
