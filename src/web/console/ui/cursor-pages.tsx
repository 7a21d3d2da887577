import { Fragment, type ReactNode, useState } from 'react';
import { Button } from './button.tsx';

/** One page of a list that is read page by page. */
export interface CursorPage {
  /** The cursor that the page begins after. Null: it is the first one. */
  readonly after: string | null;
  readonly isLast: boolean;
  /** Adds the page after a cursor. */
  readonly onMore: (cursor: string) => void;
}

/** Pages of a list, one below the other. */
export function CursorPages({ children }: { readonly children: (page: CursorPage) => ReactNode }) {
  const [cursors, setCursors] = useState<readonly (string | null)[]>([null]);
  return cursors.map((after, index) => (
    <Fragment key={after}>
      {children({
        after,
        isLast: index === cursors.length - 1,
        onMore: (cursor) => setCursors([...cursors, cursor]),
      })}
    </Fragment>
  ));
}

interface MoreButtonProps {
  readonly page: CursorPage;
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/** Loads the next page. Nothing is shown where there is none. */
export function MoreButton({ page: { isLast, onMore }, pageInfo: { hasNextPage, endCursor } }: MoreButtonProps) {
  if (!isLast || !hasNextPage || endCursor === null) return null;
  return (
    <div>
      <Button onClick={() => onMore(endCursor)}>Load more</Button>
    </div>
  );
}
