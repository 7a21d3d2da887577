import { useState } from 'react';
import { useQuery } from 'urql';
import { useSession } from '../app/session.tsx';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { formatCount, unknownValue } from '../ui/format.ts';
import { QueryState } from '../ui/query-state.tsx';
import { ProviderKeysDocument, ProvidersDocument, type ProvidersQuery, type ProviderType } from './models.generated.ts';
import { ProviderTest } from './provider-test.tsx';

type Provider = ProvidersQuery['providers'][number];

const typeLabels: Readonly<Record<ProviderType, string>> = {
  OPENAI: 'OpenAI',
  ANTHROPIC: 'Anthropic',
  OLLAMA: 'Ollama',
  STUB: 'Stub',
  OPENAI_COMPATIBLE: 'OpenAI-compatible',
};

/** All providers, those that can answer first. */
export function ProviderList() {
  const [result, reload] = useQuery({ query: ProvidersDocument, requestPolicy: 'cache-and-network' });
  return (
    <QueryState result={result} onRetry={() => reload({ requestPolicy: 'network-only' })}>
      {({ providers }) => <ProviderTable providers={providers} />}
    </QueryState>
  );
}

function ProviderTable({ providers }: { readonly providers: readonly Provider[] }) {
  const { can } = useSession();
  const keyEndings = useKeyEndings();
  const [tested, setTested] = useState<Provider>();
  const sorted = providers.toSorted((left, right) => Number(right.enabled) - Number(left.enabled));
  const actions: Column<Provider> = {
    id: 'test',
    header: '',
    cell: (provider) => (
      <Button size="small" aria-label={`Test ${provider.name}`} onClick={() => setTested(provider)}>
        Test
      </Button>
    ),
  };
  const keys: Column<Provider> = {
    id: 'key',
    header: 'Own key',
    cell: ({ id }) => (keyEndings?.has(id) ? <Badge tone="info">{`…${keyEndings.get(id)}`}</Badge> : ''),
  };
  return (
    <>
      <p className="muted">
        A provider is configured by a variable of the gateway, or for one tenant by a key of its own.
      </p>
      <DataTable
        caption="Providers"
        rows={sorted}
        rowKey={({ id }) => id}
        columns={[...columns, ...(keyEndings ? [keys] : []), ...(can('chat') ? [actions] : [])]}
      />
      {tested && <ProviderTest provider={tested} onClose={() => setTested(undefined)} />}
    </>
  );
}

/** Returns the ends of the tenant's own keys by provider. Undefined for a visitor who may not see them. */
function useKeyEndings(): ReadonlyMap<string, string> | undefined {
  const { me, can } = useSession();
  const variables = { tenantId: me.id };
  const [{ data }] = useQuery({ query: ProviderKeysDocument, variables, pause: !can('admin') });
  return data && new Map(data.providerKeys.map(({ provider, ending }) => [provider, ending]));
}

function ProviderState({ provider: { enabled, setting } }: { readonly provider: Provider }) {
  if (enabled) return <Badge tone="good">Enabled</Badge>;
  return (
    <>
      <Badge>Not configured</Badge> {setting !== null && <span className="muted">set {setting}</span>}
    </>
  );
}

const columns: readonly Column<Provider>[] = [
  { id: 'name', header: 'Provider', cell: ({ name }) => name },
  { id: 'id', header: 'Id', cell: ({ id }) => <span className="mono">{id}</span> },
  {
    id: 'state',
    header: 'State',
    cell: (provider) => <ProviderState provider={provider} />,
  },
  { id: 'type', header: 'Type', cell: ({ type }) => typeLabels[type] },
  {
    id: 'default',
    header: 'Default model',
    cell: ({ defaultModel }) => <span className="mono">{defaultModel ?? unknownValue}</span>,
  },
  {
    id: 'models',
    header: 'Models with a price',
    isNumber: true,
    cell: ({ models }) => formatCount(models.filter(({ inputPrice }) => inputPrice !== null).length),
  },
];
