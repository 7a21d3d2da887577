import { useQuery } from 'urql';
import { Link } from 'wouter';
import { KeyList } from '../api-keys/key-list.tsx';
import { useSession } from '../app/session.tsx';
import { Badge } from '../ui/badge.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Figures } from '../ui/figures.tsx';
import { formatDollars, formatTime } from '../ui/format.ts';
import { PageHeader } from '../ui/page-header.tsx';
import { PropertyList } from '../ui/property-list.tsx';
import { QueryState } from '../ui/query-state.tsx';
import { ByokKeys } from './byok-keys.tsx';
import { describeLimits } from './describe-limit.ts';
import { EndUserList } from './end-user-list.tsx';
import { LimitMeters } from './limit-meters.tsx';
import { TenantActions } from './tenant-actions.tsx';
import { TenantDetailsDocument, type TenantDetailsQuery } from './tenants.generated.ts';

type Tenant = Extract<TenantDetailsQuery['tenant'], { readonly __typename: 'Tenant' }>;

/** One tenant with its limits, keys and end users. */
export function TenantDetails({ id }: { readonly id: string }) {
  const { can } = useSession();
  const [result, reload] = useQuery({
    query: TenantDetailsDocument,
    variables: { id },
    requestPolicy: 'cache-and-network',
  });
  const load = () => reload({ requestPolicy: 'network-only' });
  return (
    <>
      {can('admin') && (
        <p>
          <Link href="/">← Keys and tenants</Link>
        </p>
      )}
      <QueryState result={result} onRetry={load}>
        {({ tenant }) =>
          tenant?.__typename === 'Tenant' ? <TenantView tenant={tenant} onChange={load} /> : <UnknownTenant id={id} />
        }
      </QueryState>
    </>
  );
}

function UnknownTenant({ id }: { readonly id: string }) {
  return (
    <EmptyState title="There is no such tenant">
      <p>
        This API key sees no tenant <code>{id}</code>.
      </p>
    </EmptyState>
  );
}

interface TenantViewProps {
  readonly tenant: Tenant;
  readonly onChange: () => void;
}

function TenantView({ tenant, onChange }: TenantViewProps) {
  const { me, can } = useSession();
  const { id, name, active, spend, limits, endUserLimits } = tenant;
  return (
    <>
      <PageHeader title={name}>
        <Badge tone={active ? 'good' : 'warning'}>{active ? 'active' : 'suspended'}</Badge>
        {id === me.id && <Badge tone="info">your tenant</Badge>}
        <CopyButton text={id} label="Copy id" />
        {can('admin') && <TenantActions tenant={tenant} onChange={onChange} />}
      </PageHeader>
      <Figures
        figures={[
          { label: 'Spend today', value: formatDollars(spend.today), note: 'the day in UTC' },
          { label: 'Spend this month', value: formatDollars(spend.thisMonth), note: 'the month in UTC' },
        ]}
      />
      <LimitMeters title="Limits of all keys together" limits={limits} />
      <Properties tenant={tenant} />
      {can('admin') ? <KeyList tenantId={id} /> : <OwnKey tenantId={id} />}
      {can('admin') && <ByokKeys tenantId={id} />}
      <EndUserList tenantId={id} limits={endUserLimits} />
    </>
  );
}

function Properties({ tenant }: { readonly tenant: Tenant }) {
  const { id, createdAt, requireEndUser, storeResponses, tagNames, webhookUrl, endUserLimits } = tenant;
  return (
    <PropertyList
      properties={[
        { label: 'Id', value: <span className="mono">{id}</span> },
        { label: 'Created', value: formatTime(createdAt) },
        { label: 'Limits of each end user', value: describeLimits(endUserLimits) },
        { label: 'Requests without an end user', value: requireEndUser ? 'refused' : 'allowed' },
        { label: 'Responses', value: storeResponses ? 'stored, where the gateway stores them' : 'not stored' },
        { label: 'Tags', value: tagNames.length === 0 ? 'none' : tagNames.join(', ') },
        { label: 'Webhook URL', value: webhookUrl ?? 'none' },
      ]}
    />
  );
}

function OwnKey({ tenantId }: { readonly tenantId: string }) {
  const { apiKey } = useSession().me;
  if (!apiKey) return null;
  return (
    <section className="stack">
      <h2>Your API key</h2>
      <p>
        <Link href={`/${tenantId}/keys/${apiKey.id}`}>
          <bdi>{apiKey.name}</bdi>
        </Link>{' '}
        <Badge tone="info">this key</Badge>
      </p>
    </section>
  );
}
