import { useMemo } from 'react';
import { useQuery } from 'urql';
import { useSearchParams } from '../app/use-search-params.ts';
import { type CursorPage, CursorPages, MoreButton } from '../ui/cursor-pages.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { QueryState } from '../ui/query-state.tsx';
import { findFilterProblem, readAuditFilter } from './audit-filter.ts';
import { AuditFilterForm } from './audit-filter-form.tsx';
import { AuditLogDocument, type AuditLogFilter } from './audit-log.generated.ts';
import { AuditTable } from './audit-table.tsx';

/** Who has changed what, of all tenants, the newest first. */
export function AuditLog() {
  const [params, change] = useSearchParams();
  const filter = useMemo(() => readAuditFilter(params), [params]);
  const filterId = JSON.stringify(filter);
  // The first page has the same variables, so that this is no other request.
  const [{ error }] = useQuery({ query: AuditLogDocument, variables: { filter, after: null } });
  const problem = error && findFilterProblem(error.graphQLErrors[0]?.message ?? '');
  return (
    <section className="stack">
      <h2>Audit log</h2>
      <AuditFilterForm key={`form ${filterId}`} filter={filter} problem={problem} onChange={change} />
      {!problem && <CursorPages key={filterId}>{(page) => <AuditPage filter={filter} page={page} />}</CursorPages>}
    </section>
  );
}

interface AuditPageProps {
  readonly filter: AuditLogFilter;
  readonly page: CursorPage;
}

function AuditPage({ filter, page }: AuditPageProps) {
  const variables = { filter, after: page.after };
  const [result, reload] = useQuery({ query: AuditLogDocument, variables, requestPolicy: 'cache-and-network' });
  return (
    <QueryState result={result} onRetry={() => reload({ requestPolicy: 'network-only' })}>
      {({ auditLog: { nodes, pageInfo } }) =>
        page.after === null && nodes.length === 0 ? (
          <EmptyState title="No entries">
            <p>What administrators change is recorded here.</p>
          </EmptyState>
        ) : (
          <>
            <AuditTable entries={nodes} />
            <MoreButton page={page} pageInfo={pageInfo} />
          </>
        )
      }
    </QueryState>
  );
}
