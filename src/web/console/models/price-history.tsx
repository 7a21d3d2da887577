import { useState } from 'react';
import { useMutation } from 'urql';
import { describeError } from '../app/describe-error.ts';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { formatTime } from '../ui/format.ts';
import { showToast } from '../ui/toast.tsx';
import { type PriceOverrideEntryFragment, UnsetPriceDocument } from './models.generated.ts';
import { priceFields } from './price-draft.ts';

type Entry = PriceOverrideEntryFragment;

const maxShownRows = 50;

interface PriceHistoryProps {
  /** The prices that are set now. */
  readonly current: readonly Entry[];
  /** All changes, the newest first. */
  readonly history: readonly Entry[];
  readonly onAdd: () => void;
  readonly onEdit: (entry: Entry) => void;
  /** Called when a price was taken back. */
  readonly onChange: () => void;
}

/** The prices that an operator has set in place of the price list, and how they have changed. */
export function PriceHistory({ current, history, onAdd, onEdit, onChange }: PriceHistoryProps) {
  const [chosen, setChosen] = useState<Entry>();
  const [shownRows, setShownRows] = useState(maxShownRows);
  const actions: Column<Entry> = {
    id: 'actions',
    header: '',
    cell: (entry) => (
      <div className="actions">
        <Button size="small" aria-label={`Change price of ${formatModel(entry)}`} onClick={() => onEdit(entry)}>
          Change
        </Button>
        <Button size="small" aria-label={`Unset price of ${formatModel(entry)}`} onClick={() => setChosen(entry)}>
          Unset
        </Button>
      </div>
    ),
  };
  return (
    <section className="stack">
      <div className="page-header">
        <h2>Prices that are set</h2>
        <Button onClick={onAdd}>Set a price</Button>
      </div>
      {current.length === 0 ? (
        <p className="muted">None: the price list counts for all models.</p>
      ) : (
        <DataTable
          caption="Prices that are set"
          rows={current}
          rowKey={({ id }) => id}
          columns={[modelColumn, actions, ...priceColumns, timeColumn]}
        />
      )}
      {history.length > 0 && (
        <>
          <h2>History of prices</h2>
          <DataTable
            caption="History of prices"
            rows={history.slice(0, shownRows)}
            rowKey={({ id }) => id}
            columns={[timeColumn, modelColumn, changeColumn, ...priceColumns, idColumn]}
          />
        </>
      )}
      {history.length > shownRows && (
        <div>
          <Button onClick={() => setShownRows(shownRows + maxShownRows)}>Show more</Button>
        </div>
      )}
      <UnsetDialog entry={chosen} onChange={onChange} onClose={() => setChosen(undefined)} />
    </section>
  );
}

interface UnsetDialogProps extends Pick<PriceHistoryProps, 'onChange'> {
  readonly entry: Entry | undefined;
  readonly onClose: () => void;
}

function UnsetDialog({ entry, onChange, onClose }: UnsetDialogProps) {
  const [{ fetching, error }, unsetPrice] = useMutation(UnsetPriceDocument);
  const unset = async () => {
    if (!entry) return;
    const { provider, model } = entry;
    const { data } = await unsetPrice({ provider, model });
    if (!data) return;
    showToast(`The price list counts for ${formatModel(entry)} again`);
    onClose();
    onChange();
  };
  return (
    <ConfirmDialog
      title={entry ? `Unset the price of ${formatModel(entry)}?` : 'Unset the price?'}
      action="Unset price"
      isOpen={entry !== undefined}
      isBusy={fetching}
      onConfirm={unset}
      onClose={onClose}
    >
      <p>The price list counts again for requests from now on. What requests have cost stays.</p>
      {error && (
        <p className="problem" role="alert">
          {describeError(error)}
        </p>
      )}
    </ConfirmDialog>
  );
}

function formatModel({ provider, model }: Entry): string {
  return `${provider}/${model}`;
}

const modelColumn: Column<Entry> = {
  id: 'model',
  header: 'Model',
  cell: (entry) => <span className="mono">{formatModel(entry)}</span>,
};
const timeColumn: Column<Entry> = { id: 'time', header: 'Changed', cell: ({ createdAt }) => formatTime(createdAt) };
const changeColumn: Column<Entry> = {
  id: 'change',
  header: 'Change',
  cell: ({ unset }) => (unset ? <Badge>Unset</Badge> : <Badge tone="info">Set</Badge>),
};
const idColumn: Column<Entry> = {
  id: 'id',
  header: 'Price version',
  cell: ({ id }) => <span className="mono">{id}</span>,
};
const priceColumns = priceFields.map(
  ({ name, label, fallback }): Column<Entry> => ({
    id: name,
    header: label,
    isNumber: true,
    cell: (entry) => {
      if (entry[name] !== null) return `$${entry[name]}`;
      return entry.unset ? '' : <span className="muted">{fallback}</span>;
    },
  }),
);
