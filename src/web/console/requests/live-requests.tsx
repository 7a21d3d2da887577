import { useState } from 'react';
import { describeError } from '../app/describe-error.ts';
import { Button } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { ErrorState } from '../ui/error-state.tsx';
import { formatCount } from '../ui/format.ts';
import { Loading } from '../ui/loading.tsx';
import { type LiveRows, maxLiveRows } from './live-rows.ts';
import { type RequestRowsProps, RequestTable } from './logged-requests.tsx';
import { useIsDocumentVisible } from './use-is-document-visible.ts';
import { useLiveTail } from './use-live-tail.ts';

/** The newest requests of a filter and those that come. It pauses while the page cannot be seen. */
export function LiveRequests({ filter, columns }: RequestRowsProps) {
  const [isPaused, setIsPaused] = useState(false);
  const isVisible = useIsDocumentVisible();
  const live = useLiveTail(filter, isVisible && !isPaused);
  const { rows, error, isLoaded } = live;
  if (error) return <ErrorState message={describeError(error)} />;
  if (!isLoaded) return <Loading />;
  return (
    <>
      <div className="actions">
        <Button size="small" onClick={() => setIsPaused(!isPaused)}>
          {isPaused ? 'Go on' : 'Pause'}
        </Button>
        <span role="status" className="muted">
          {isPaused ? 'Paused.' : `New requests appear on top, up to ${maxLiveRows}.`}
        </span>
        <SkippedRequests live={live} />
      </div>
      {rows.length > 0 ? <RequestTable rows={rows} columns={columns} /> : <EmptyState title="No requests yet" />}
    </>
  );
}

/** Not announced: the number changes often. */
function SkippedRequests({ live: { skipped, hasGap } }: { readonly live: LiveRows }) {
  return (
    <>
      {skipped > 0 && <span>{`At least ${formatCount(skipped)} more requests came than are listed.`}</span>}
      {hasGap && <span>Requests of the time of a pause may be missing: switch Live off to list them.</span>}
    </>
  );
}
