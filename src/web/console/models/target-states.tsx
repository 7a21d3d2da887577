import { Badge, type Tone } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { DataTable } from '../ui/data-table.tsx';
import { formatDollars, formatTime } from '../ui/format.ts';
import { QueryState } from '../ui/query-state.tsx';
import type { ExplainRouteQuery, RouteTargetState } from './models.generated.ts';
import type { RouteExplanation } from './use-route-explanation.ts';

type Target = ExplainRouteQuery['explainRoute']['targets'][number];

const states: Readonly<Record<RouteTargetState, { readonly label: string; readonly tone: Tone }>> = {
  AVAILABLE: { label: 'Available', tone: 'good' },
  COOLING_DOWN: { label: 'Cooling down', tone: 'warning' },
  NOT_CONFIGURED: { label: 'Not configured', tone: 'neutral' },
  NOT_ALLOWED: { label: 'Not allowed', tone: 'bad' },
};

/** The targets of a route in the order in which a request would try them, and which it would pass over. */
export function TargetStates({
  explanation: { result, loadedAt, reload },
}: {
  readonly explanation: RouteExplanation;
}) {
  return (
    <section className="stack">
      <div className="page-header">
        <h2>Targets</h2>
        <div className="actions">
          <span className="muted">As of {formatTime(loadedAt)}</span>
          <Button size="small" onClick={reload}>
            Refresh
          </Button>
        </div>
      </div>
      <p className="muted">
        What a request with this API key would try, as the gateway knows it where it has answered. Refreshed every 10
        seconds.
      </p>
      <QueryState result={result} onRetry={reload}>
        {({ explainRoute: { targets } }) => (
          <DataTable
            caption="Targets"
            rows={targets.map((target, index) => ({ ...target, key: String(index) }))}
            rowKey={({ key }) => key}
            columns={columns}
          />
        )}
      </QueryState>
    </section>
  );
}

const columns = [
  {
    id: 'target',
    header: 'Target',
    cell: ({ provider, model }: Target) => <span className="mono">{`${provider}/${model}`}</span>,
  },
  {
    id: 'state',
    header: 'State',
    cell: ({ state }: Target) => <Badge tone={states[state].tone}>{states[state].label}</Badge>,
  },
  { id: 'reason', header: 'Reason', cell: ({ reason }: Target) => <span className="wrapping">{reason}</span> },
  { id: 'tier', header: 'Tier', isNumber: true, cell: ({ tier }: Target) => tier },
  { id: 'weight', header: 'Weight', isNumber: true, cell: ({ weight }: Target) => weight },
  {
    id: 'params',
    header: 'Parameters',
    cell: ({ params }: Target) =>
      params == null ? '' : <span className="wrapping mono">{JSON.stringify(params)}</span>,
  },
  {
    id: 'input',
    header: 'Input, 1M tokens',
    isNumber: true,
    cell: ({ price }: Target) => formatDollars(price?.inputPrice),
  },
  {
    id: 'output',
    header: 'Output, 1M tokens',
    isNumber: true,
    cell: ({ price }: Target) => formatDollars(price?.outputPrice),
  },
];
