import { useQuery } from 'urql';
import { useSession } from '../app/session.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { QueryState } from '../ui/query-state.tsx';
import { ProvidersDocument, RouteDetailsDocument } from './models.generated.ts';
import { createRouteDraft, type RouteDraft, toRouteDraft } from './route-draft.ts';
import { RouteEditor } from './route-editor.tsx';
import type { Providers } from './target-fields.tsx';

interface EditRoutePageProps {
  /** The route that is changed, or copied. Undefined: the form starts empty. */
  readonly name: string | undefined;
  readonly isCopy?: boolean;
}

/** The form for a new route, or for one that exists. */
export function EditRoutePage({ name, isCopy = false }: EditRoutePageProps) {
  const { can } = useSession();
  const [result, reload] = useQuery({ query: ProvidersDocument });
  if (!can('admin')) {
    return (
      <EmptyState title="This API key cannot change routes">
        <p>It needs the scope admin.</p>
      </EmptyState>
    );
  }
  return (
    <QueryState result={result} onRetry={() => reload({ requestPolicy: 'network-only' })}>
      {({ providers }) =>
        name === undefined ? (
          <RouteEditor
            title="New route"
            initialDraft={createRouteDraft(findFirstProvider(providers))}
            isExisting={false}
            providers={providers}
          />
        ) : (
          <ExistingRoute name={name} isCopy={isCopy} providers={providers} />
        )
      }
    </QueryState>
  );
}

interface ExistingRouteProps {
  readonly name: string;
  readonly isCopy: boolean;
  readonly providers: Providers;
}

function ExistingRoute({ name, isCopy, providers }: ExistingRouteProps) {
  const [result, reload] = useQuery({
    query: RouteDetailsDocument,
    variables: { name },
    requestPolicy: 'network-only',
  });
  // A draft starts from what the gateway has now, and not from what was loaded before.
  const fresh = result.fetching ? { ...result, data: undefined } : result;
  return (
    <QueryState result={fresh} onRetry={() => reload({ requestPolicy: 'network-only' })}>
      {({ route }) => {
        if (!route) return <EmptyState title="There is no such route" />;
        const draft = toRouteDraft(route);
        return (
          <RouteEditor
            title={isCopy ? `Copy of ${route.name}` : `Edit ${route.name}`}
            initialDraft={isCopy ? toCopy(draft) : draft}
            isExisting={!isCopy}
            providers={providers}
          />
        );
      }}
    </QueryState>
  );
}

function toCopy(draft: RouteDraft): RouteDraft {
  return { ...draft, name: `${draft.name.slice(0, 58)}-copy`, owner: 'tenant' };
}

function findFirstProvider(providers: Providers): string {
  return (providers.find(({ enabled }) => enabled) ?? providers[0])?.id ?? '';
}
