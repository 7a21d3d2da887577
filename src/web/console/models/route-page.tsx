import { useState } from 'react';
import { useMutation, useQuery } from 'urql';
import { Link, useLocation } from 'wouter';
import { useHistoryState } from 'wouter/use-browser-location';
import { describeError } from '../app/describe-error.ts';
import { useSession } from '../app/session.tsx';
import { Button } from '../ui/button.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { formatCount, formatMs } from '../ui/format.ts';
import { PageHeader } from '../ui/page-header.tsx';
import { PropertyList } from '../ui/property-list.tsx';
import { QueryState } from '../ui/query-state.tsx';
import { showToast } from '../ui/toast.tsx';
import { DeleteRouteDocument, RouteDetailsDocument, type RouteDetailsQuery } from './models.generated.ts';
import { RouteHistory } from './route-history.tsx';
import { RouteOwner } from './route-owner.tsx';
import { RouteTrial } from './route-trial.tsx';
import { TargetStates } from './target-states.tsx';
import { useRouteExplanation } from './use-route-explanation.ts';

type Route = NonNullable<RouteDetailsQuery['route']>;

/** What the editor hands over when it has saved a route. */
export interface SavedRouteState {
  readonly warnings: readonly string[];
}

/** One route: what a request would do now, and its history. */
export function RoutePage({ name }: { readonly name: string }) {
  const [result, reload] = useQuery({
    query: RouteDetailsDocument,
    variables: { name },
    requestPolicy: 'cache-and-network',
  });
  const refresh = () => reload({ requestPolicy: 'network-only' });
  return (
    <>
      <p>
        <Link href="?tab=routes">← Routes</Link>
      </p>
      <QueryState result={result} onRetry={refresh}>
        {({ route }) => (route ? <RouteView route={route} onChange={refresh} /> : <UnknownRoute name={name} />)}
      </QueryState>
    </>
  );
}

function UnknownRoute({ name }: { readonly name: string }) {
  return (
    <EmptyState title="There is no such route">
      <p>
        This tenant can use no route <code>{name}</code>.
      </p>
    </EmptyState>
  );
}

interface RouteViewProps {
  readonly route: Route;
  readonly onChange: () => void;
}

function RouteView({ route, onChange }: RouteViewProps) {
  const explanation = useRouteExplanation(route.name);
  const saved = useHistoryState<SavedRouteState | null>();
  const [restoreWarnings, setRestoreWarnings] = useState<readonly string[]>();
  const restored = (warnings: readonly string[]) => {
    showToast('The version is restored');
    setRestoreWarnings(warnings);
    onChange();
    explanation.reload();
  };
  return (
    <>
      <PageHeader title={route.name}>
        <RouteOwner tenantId={route.tenantId} />
        <CopyButton text={route.name} label="Copy name" />
        <RouteActions route={route} />
      </PageHeader>
      <Warnings warnings={restoreWarnings ?? saved?.warnings ?? []} />
      <RouteSettings route={route} />
      <TargetStates explanation={explanation} />
      <RouteTrial name={route.name} onEnd={explanation.reload} />
      <RouteHistory route={route} onRestore={restored} />
    </>
  );
}

function Warnings({ warnings }: { readonly warnings: readonly string[] }) {
  if (warnings.length === 0) return null;
  return (
    <section className="panel stack" aria-label="Warnings">
      <h2>Saved, with warnings</h2>
      <ul className="route-warnings">
        {warnings.map((warning) => (
          <li key={warning}>{warning}</li>
        ))}
      </ul>
    </section>
  );
}

const stickyLabels = { none: 'No', session: 'By session', endUser: 'By end user' } as const;

function RouteSettings({ route: { version, retry, sticky, promptCache, cache } }: { readonly route: Route }) {
  return (
    <PropertyList
      properties={[
        { label: 'Version', value: version === 0 ? 'of routes.json' : version },
        { label: 'Attempts at most', value: formatCount(retry.attempts) },
        { label: 'Deadline', value: formatMs(retry.deadlineMs) },
        { label: 'Sticky', value: stickyLabels[sticky] },
        { label: 'Prompt cache', value: promptCache === 'auto' ? 'Automatic' : 'Off' },
        { label: 'Reply cache', value: cache.ttlSeconds === 0 ? 'Off' : `${formatCount(cache.ttlSeconds)} s` },
      ]}
    />
  );
}

function RouteActions({ route: { name, tenantId, version } }: { readonly route: Route }) {
  const { can } = useSession();
  const [, navigate] = useLocation();
  const [isAsking, setIsAsking] = useState(false);
  const [{ fetching, error }, deleteRoute] = useMutation(DeleteRouteDocument);
  if (!can('admin')) return null;
  const confirmDelete = async () => {
    const { data } = await deleteRoute({ name, tenantId });
    if (!data) return;
    showToast('The route is deleted');
    navigate('?tab=routes');
  };
  return (
    <>
      <Button onClick={() => navigate(`/routes/${name}/edit`)}>Edit route</Button>
      <Button onClick={() => navigate(`/new-route?from=${name}`)}>Copy route</Button>
      {version > 0 && (
        <Button variant="danger" onClick={() => setIsAsking(true)}>
          Delete route
        </Button>
      )}
      <ConfirmDialog
        title={`Delete the route ${name}?`}
        action="Delete route"
        isOpen={isAsking}
        isBusy={fetching}
        onConfirm={confirmDelete}
        onClose={() => setIsAsking(false)}
      >
        <p>
          Requests that name it are then for the model of this name, and an error where there is none. A route of this
          name in routes.json{tenantId !== null && ', or a global one,'} applies again.
        </p>
        {error && (
          <p className="problem" role="alert">
            {describeError(error)}
          </p>
        )}
      </ConfirmDialog>
    </>
  );
}
