import { useState } from 'react';
import { useMutation } from 'urql';
import { describeError } from '../app/describe-error.ts';
import { useSession } from '../app/session.tsx';
import { Button } from '../ui/button.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { DataTable } from '../ui/data-table.tsx';
import { formatTime, unknownValue } from '../ui/format.ts';
import { type RouteDetailsQuery, SetRouteDocument, type SetRouteInput } from './models.generated.ts';

type Route = NonNullable<RouteDetailsQuery['route']>;
type Version = Route['versions'][number];

interface RouteHistoryProps {
  readonly route: Route;
  /** Called with what the gateway warns of. */
  readonly onRestore: (warnings: readonly string[]) => void;
}

/** The versions of a route, of which an earlier one can be made the current one again. */
export function RouteHistory({ route, onRestore }: RouteHistoryProps) {
  const { can } = useSession();
  const [chosen, setChosen] = useState<Version>();
  if (route.versions.length === 0) return null;
  const canRestore = (version: Version) => can('admin') && !version.deleted && version.version !== route.version;
  return (
    <section className="stack">
      <h2>History</h2>
      <DataTable
        caption="History"
        rows={route.versions}
        rowKey={({ id }) => id}
        columns={[
          { id: 'version', header: 'Version', isNumber: true, cell: ({ version }) => version },
          { id: 'time', header: 'Changed', cell: ({ createdAt }) => formatTime(createdAt) },
          {
            id: 'actor',
            header: 'By',
            cell: ({ changedBy }) => <span className="mono">{changedBy ?? unknownValue}</span>,
          },
          { id: 'definition', header: 'Definition', cell: (version) => <Definition version={version} /> },
          {
            id: 'restore',
            header: '',
            cell: (version) =>
              canRestore(version) && (
                <Button size="small" onClick={() => setChosen(version)}>
                  {`Restore version ${version.version}`}
                </Button>
              ),
          },
        ]}
      />
      <RestoreDialog route={route} version={chosen} onRestore={onRestore} onClose={() => setChosen(undefined)} />
    </section>
  );
}

function Definition({ version: { version, deleted, definition } }: { readonly version: Version }) {
  if (deleted) return 'Deleted';
  return (
    <details>
      <summary>{`Definition of version ${version}`}</summary>
      <pre>{JSON.stringify(definition, null, 2)}</pre>
    </details>
  );
}

interface RestoreDialogProps extends RouteHistoryProps {
  readonly version: Version | undefined;
  readonly onClose: () => void;
}

function RestoreDialog({ route: { name, tenantId }, version, onRestore, onClose }: RestoreDialogProps) {
  const [{ fetching, error }, setRoute] = useMutation(SetRouteDocument);
  const restore = async () => {
    const definition = version?.definition as Omit<SetRouteInput, 'name' | 'tenantId'>;
    const { data } = await setRoute({ input: { name, tenantId, ...definition } });
    if (!data) return;
    onClose();
    onRestore(data.setRoute.warnings);
  };
  return (
    <ConfirmDialog
      title={`Restore version ${version?.version} of ${name}?`}
      action="Restore this version"
      isOpen={version !== undefined}
      isBusy={fetching}
      onConfirm={restore}
      onClose={onClose}
    >
      <p>
        Its definition becomes a new version, which applies everywhere 20 seconds later. The current one stays in the
        history.
      </p>
      {error && (
        <p className="problem" role="alert">
          {describeError(error)}
        </p>
      )}
    </ConfirmDialog>
  );
}
