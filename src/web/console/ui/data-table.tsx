import { memo, type ReactNode, useState } from 'react';

/** A column of a table. */
export interface Column<Row> {
  readonly id: string;
  readonly header: string;
  readonly cell: (row: Row) => ReactNode;
  /** Numbers stand at the right. */
  readonly isNumber?: boolean;
  /** Makes the column sortable, over the rows that are there. */
  readonly sortValue?: (row: Row) => number | string | null;
}

type Columns<Row> = readonly Column<Row>[];

interface DataTableProps<Row> {
  /** Says to screen readers what the table shows. */
  readonly caption: string;
  readonly columns: Columns<Row>;
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
}

interface Sorting {
  readonly columnId: string;
  readonly isDescending: boolean;
}

/** A table of rows that the gateway has sent. On narrow screens it scrolls sideways, also by the keyboard. */
export function DataTable<Row>({ caption, columns, rows, rowKey }: DataTableProps<Row>) {
  const [sorting, setSorting] = useState<Sorting>();
  const sorted = sortRows(rows, columns, sorting);
  return (
    <section ref={makeFocusable} className="table-scroll" aria-label={caption}>
      <table>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <HeaderCell key={column.id} column={column} sorting={sorting} onSort={setSorting} />
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.map((row) => (
            <TableRow key={rowKey(row)} row={row} columns={columns} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Not all browsers let the keyboard reach what scrolls. */
function makeFocusable(section: HTMLElement | null) {
  if (section) section.tabIndex = 0;
}

/** Renders again only for another row or other columns: a list that grows renders its new rows alone. */
const TableRow = memo(function TableRow<Row>({ row, columns }: { readonly row: Row; readonly columns: Columns<Row> }) {
  return (
    <tr>
      {columns.map(({ id, cell, isNumber }) => (
        <td key={id} className={isNumber ? 'number' : undefined}>
          {cell(row)}
        </td>
      ))}
    </tr>
  );
}) as <Row>(props: { readonly row: Row; readonly columns: Columns<Row> }) => ReactNode;

interface HeaderCellProps<Row> {
  readonly column: Column<Row>;
  readonly sorting: Sorting | undefined;
  readonly onSort: (sorting: Sorting) => void;
}

function HeaderCell<Row>({ column: { id, header, isNumber, sortValue }, sorting, onSort }: HeaderCellProps<Row>) {
  const className = isNumber ? 'number' : undefined;
  if (!sortValue) {
    return (
      <th scope="col" className={className}>
        {header}
      </th>
    );
  }
  const isSorted = sorting?.columnId === id;
  const direction = sorting?.isDescending ? 'descending' : 'ascending';
  // The first click on a column shows its largest values.
  const next = { columnId: id, isDescending: !(isSorted && sorting.isDescending) };
  return (
    <th scope="col" className={className} aria-sort={isSorted ? direction : 'none'}>
      <button type="button" className="sort" onClick={() => onSort(next)}>
        {header}
        <span aria-hidden="true">{isSorted ? (sorting.isDescending ? ' ↓' : ' ↑') : ''}</span>
      </button>
    </th>
  );
}

function sortRows<Row>(rows: readonly Row[], columns: readonly Column<Row>[], sorting: Sorting | undefined) {
  const value = columns.find(({ id }) => id === sorting?.columnId)?.sortValue;
  if (!sorting || !value) return rows;
  const sign = sorting.isDescending ? -1 : 1;
  return rows.toSorted((left, right) => sign * compare(value(left), value(right)));
}

/** Null is less than all else. */
function compare(left: number | string | null, right: number | string | null): number {
  if (left === right) return 0;
  if (left === null) return -1;
  if (right === null) return 1;
  return left < right ? -1 : 1;
}
