import { useState } from 'react';
import { useQuery } from 'urql';
import { useSession } from '../app/session.tsx';
import { useSearchParams } from '../app/use-search-params.ts';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { formatCount } from '../ui/format.ts';
import { QueryState } from '../ui/query-state.tsx';
import { findCurrentOverrides, formatPlace, formatPrice, type ListedPrice, listPrices } from './list-prices.ts';
import { type PriceOverrideEntryFragment, PriceOverridesDocument, ProvidersDocument } from './models.generated.ts';
import { createPriceDraft, type PriceDraft } from './price-draft.ts';
import { PriceForm } from './price-form.tsx';
import { PriceHistory } from './price-history.tsx';
import type { Providers } from './target-fields.tsx';

const maxShownRows = 100;

/** The prices of models, and those that an operator has set. */
export function ModelPrices() {
  const { can } = useSession();
  const [result, reload] = useQuery({ query: ProvidersDocument, requestPolicy: 'cache-and-network' });
  const [overrides, reloadOverrides] = useQuery({
    query: PriceOverridesDocument,
    requestPolicy: 'cache-and-network',
    pause: !can('admin'),
  });
  const refresh = () => {
    reload({ requestPolicy: 'network-only' });
    if (can('admin')) reloadOverrides({ requestPolicy: 'network-only' });
  };
  return (
    <QueryState result={result} onRetry={refresh}>
      {({ providers }) =>
        can('admin') ? (
          <QueryState result={overrides} onRetry={refresh}>
            {({ priceOverrides }) => (
              <EditablePrices providers={providers} history={priceOverrides} onChange={refresh} />
            )}
          </QueryState>
        ) : (
          <PriceList providers={providers} />
        )
      }
    </QueryState>
  );
}

interface EditablePricesProps {
  readonly providers: Providers;
  readonly history: readonly PriceOverrideEntryFragment[];
  readonly onChange: () => void;
}

function EditablePrices({ providers, history, onChange }: EditablePricesProps) {
  const [draft, setDraft] = useState<PriceDraft>();
  const current = findCurrentOverrides(history);
  const byPlace = new Map(current.map((entry) => [formatPlace(entry), entry]));
  const edit = (price: Pick<ListedPrice, 'provider' | 'model'>) =>
    setDraft(createPriceDraft(price, byPlace.get(formatPlace(price))));
  return (
    <>
      <PriceList providers={providers} overrides={byPlace} onEdit={edit} />
      <PriceHistory
        current={current}
        history={history}
        onAdd={() => setDraft(createPriceDraft({ provider: providers[0]?.id ?? '', model: '' }))}
        onEdit={edit}
        onChange={onChange}
      />
      {draft && (
        <PriceForm initialDraft={draft} providers={providers} onSave={onChange} onClose={() => setDraft(undefined)} />
      )}
    </>
  );
}

interface PriceListProps {
  readonly providers: Providers;
  /** By their places. */
  readonly overrides?: ReadonlyMap<string, PriceOverrideEntryFragment>;
  readonly onEdit?: (price: ListedPrice) => void;
}

function PriceList({ providers, overrides, onEdit }: PriceListProps) {
  const [params, change] = useSearchParams();
  const filter = { search: params.get('q') ?? '', provider: params.get('provider') ?? '' };
  const [shownRows, setShownRows] = useState(maxShownRows);
  const prices = listPrices(providers, filter);
  const editColumn: Column<ListedPrice> = {
    id: 'edit',
    header: '',
    cell: (price) => (
      <div className="actions">
        <Button
          size="small"
          aria-label={`Set price of ${price.provider}/${price.model}`}
          onClick={() => onEdit?.(price)}
        >
          Set price
        </Button>
        {overrides?.has(formatPlace(price)) && <Badge tone="info">Set</Badge>}
      </div>
    ),
  };
  return (
    <section className="stack">
      <h2>Prices</h2>
      <p className="muted">
        Dollars per million tokens, for short inputs where they rise with the length. “–” is an unknown price.
      </p>
      <div className="actions">
        <input
          type="search"
          aria-label="Search models"
          placeholder="Search models"
          value={filter.search}
          onChange={(event) => change({ q: event.target.value })}
        />
        <select
          aria-label="Provider"
          value={filter.provider}
          onChange={(event) => change({ provider: event.target.value })}
        >
          <option value="">All providers</option>
          {providers.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
        <span className="muted" role="status">
          {formatCount(prices.length)} models
        </span>
      </div>
      {prices.length === 0 ? (
        <EmptyState title="No model is listed here">
          <p>A provider may serve models that are not listed. Their prices can be set all the same.</p>
        </EmptyState>
      ) : (
        <DataTable
          caption="Prices"
          rows={prices.slice(0, shownRows)}
          rowKey={({ provider, model }) => `${provider}/${model}`}
          columns={onEdit ? [...columns, editColumn] : columns}
        />
      )}
      {prices.length > shownRows && (
        <div>
          <Button onClick={() => setShownRows(shownRows + maxShownRows)}>Show more</Button>
        </div>
      )}
    </section>
  );
}

const columns: readonly Column<ListedPrice>[] = [
  { id: 'provider', header: 'Provider', cell: ({ provider }) => provider },
  { id: 'model', header: 'Model', cell: ({ model }) => <span className="mono">{model}</span> },
  { id: 'input', header: 'Input', isNumber: true, cell: ({ inputPrice }) => formatPrice(inputPrice) },
  { id: 'output', header: 'Output', isNumber: true, cell: ({ outputPrice }) => formatPrice(outputPrice) },
  { id: 'read', header: 'Cache read', isNumber: true, cell: ({ cacheReadPrice }) => formatPrice(cacheReadPrice) },
  { id: 'write', header: 'Cache write', isNumber: true, cell: ({ cacheWritePrice }) => formatPrice(cacheWritePrice) },
];
