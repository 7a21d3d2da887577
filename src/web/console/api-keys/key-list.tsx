import { useState } from 'react';
import { useQuery } from 'urql';
import { Link } from 'wouter';
import { useSession } from '../app/session.tsx';
import { useSearchParams } from '../app/use-search-params.ts';
import { LimitMeter } from '../tenants/limit-meters.tsx';
import { getUsagePeriods } from '../tenants/usage-periods.ts';
import { Badge } from '../ui/badge.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { formatCount, formatDollars, formatTime } from '../ui/format.ts';
import { QueryState } from '../ui/query-state.tsx';
import { ApiKeysDocument, type ApiKeysQuery } from './api-keys.generated.ts';
import { CreateKey } from './create-key.tsx';
import { findRotatedKeys, getKeyState, type KeyState, maxListedKeys } from './key-state.ts';
import { KeyStateBadge } from './key-state-badge.tsx';

/** The share of a limit from which on a key counts as near to it. */
const nearLimit = 0.8;

interface KeyListProps {
  readonly tenantId: string;
}

/** The API keys of a tenant with their state and what they have spent. */
export function KeyList({ tenantId }: KeyListProps) {
  const [params, change] = useSearchParams();
  const [periods] = useState(() => getUsagePeriods(Date.now()));
  const isNear = params.get('keys') === 'near-limit';
  const [result, reload] = useQuery({
    query: ApiKeysDocument,
    variables: { tenantId, nearLimit: isNear ? nearLimit : null, ...periods },
    requestPolicy: 'cache-and-network',
  });
  const load = () => reload({ requestPolicy: 'network-only' });
  return (
    <section className="stack">
      <div className="page-header">
        <h2>API keys</h2>
        <div className="actions">
          <select
            aria-label="Which keys"
            value={isNear ? 'near-limit' : ''}
            onChange={(event) => change({ keys: event.target.value })}
          >
            <option value="">All keys</option>
            <option value="near-limit">Near a limit: 80% used</option>
          </select>
          <CreateKey tenantId={tenantId} onChange={load} />
        </div>
      </div>
      <QueryState result={result} onRetry={load}>
        {(data) => <KeyTable data={data} tenantId={tenantId} isNear={isNear} />}
      </QueryState>
    </section>
  );
}

interface KeyTableProps extends KeyListProps {
  readonly data: ApiKeysQuery;
  readonly isNear: boolean;
}

function KeyTable({ data, tenantId, isNear }: KeyTableProps) {
  const { me } = useSession();
  const [nowMs] = useState(() => Date.now());
  const { apiKeys } = data;
  if (apiKeys.length === 0) {
    return <p className="muted">{isNear ? 'No valid key is near a limit.' : 'This tenant has no API key yet.'}</p>;
  }
  const rotatedKeyIds = findRotatedKeys(apiKeys);
  const today = toCosts(data.today);
  const thisMonth = toCosts(data.thisMonth);
  const rows = apiKeys.map((apiKey) => ({
    ...apiKey,
    state: getKeyState(apiKey, rotatedKeyIds, nowMs),
    today: today.get(apiKey.id) ?? 0,
    thisMonth: thisMonth.get(apiKey.id) ?? 0,
  }));
  return (
    <>
      <DataTable caption="API keys" rows={rows} rowKey={({ id }) => id} columns={getColumns(tenantId, me.apiKey?.id)} />
      {apiKeys.length >= maxListedKeys && <p className="muted">The newest {formatCount(maxListedKeys)} keys.</p>}
    </>
  );
}

interface KeyRow extends Readonly<ApiKeysQuery['apiKeys'][number]> {
  readonly state: KeyState;
  readonly today: number;
  readonly thisMonth: number;
}

function getColumns(tenantId: string, ownKeyId: string | undefined): Column<KeyRow>[] {
  return [
    {
      id: 'name',
      header: 'Name',
      sortValue: ({ name }) => name,
      cell: ({ id, name }) => (
        <>
          <Link href={`/${tenantId}/keys/${id}`}>
            <bdi>{name}</bdi>
          </Link>{' '}
          {id === ownKeyId && <Badge tone="info">this key</Badge>}
        </>
      ),
    },
    { id: 'start', header: 'Starts with', cell: ({ start }) => <span className="mono">{start ?? ''}</span> },
    { id: 'scopes', header: 'Scopes', cell: ({ scopes }) => scopes.join(', ') },
    { id: 'state', header: 'State', cell: ({ state }) => <KeyStateBadge state={state} /> },
    {
      id: 'lastUsed',
      header: 'Last used',
      sortValue: ({ lastUsedAt }) => lastUsedAt,
      cell: ({ lastUsedAt }) => (lastUsedAt === null ? 'never' : formatTime(lastUsedAt)),
    },
    spendColumn('today', 'Today'),
    spendColumn('thisMonth', 'This month'),
    budgetColumn('dailyBudget', 'Budget a day'),
    budgetColumn('monthlyBudget', 'Budget a month'),
  ];
}

function spendColumn(id: 'today' | 'thisMonth', header: string): Column<KeyRow> {
  return { id, header, isNumber: true, sortValue: (key) => key[id], cell: (key) => formatDollars(key[id]) };
}

function budgetColumn(name: 'dailyBudget' | 'monthlyBudget', header: string): Column<KeyRow> {
  return {
    id: name,
    header,
    cell: ({ limits }) => <LimitMeter name={name} limit={limits[name]} remaining={limits.remaining?.[name]} />,
  };
}

function toCosts(sums: ApiKeysQuery['today']): Map<string | null, number> {
  return new Map(sums.map(({ keyId, cost }) => [keyId, cost]));
}
