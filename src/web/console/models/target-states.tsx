import { Badge, type Tone } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { formatTime } from '../ui/format.ts';
import { QueryState } from '../ui/query-state.tsx';
import { formatPrice } from './list-prices.ts';
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
        seconds. Prices are dollars per million tokens.
      </p>
      <QueryState result={result} onRetry={reload}>
        {({ explainRoute: { targets } }) => (
          <DataTable
            caption="Targets"
            rows={targets.map((target, index) => ({ ...target, key: String(index) }))}
            rowKey={({ key }) => key}
            columns={targets.some(({ params }) => params != null) ? [...columns, paramsColumn] : columns}
          />
        )}
      </QueryState>
    </section>
  );
}

const columns: readonly Column<Target>[] = [
  {
    id: 'target',
    header: 'Target',
    cell: ({ provider, model }) => <span className="mono">{`${provider}/${model}`}</span>,
  },
  {
    id: 'state',
    header: 'State',
    cell: ({ state, reason }) => (
      <>
        <Badge tone={states[state].tone}>{states[state].label}</Badge>
        {reason !== null && <span className="reason">{reason}</span>}
      </>
    ),
  },
  { id: 'tier', header: 'Tier', isNumber: true, cell: ({ tier }) => tier },
  { id: 'weight', header: 'Weight', isNumber: true, cell: ({ weight }) => weight },
  {
    id: 'input',
    header: 'Input price',
    isNumber: true,
    cell: ({ price }) => formatPrice(price?.inputPrice),
  },
  {
    id: 'output',
    header: 'Output price',
    isNumber: true,
    cell: ({ price }) => formatPrice(price?.outputPrice),
  },
];

const paramsColumn: Column<Target> = {
  id: 'params',
  header: 'Parameters',
  cell: ({ params }) => params != null && <span className="wrapping mono">{JSON.stringify(params)}</span>,
};
