import { useState } from 'react';
import { useQuery } from 'urql';
import { Link, useLocation } from 'wouter';
import { useSession } from '../app/session.tsx';
import { describeLimits } from '../tenants/describe-limit.ts';
import { LimitMeters } from '../tenants/limit-meters.tsx';
import { Badge } from '../ui/badge.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Figures } from '../ui/figures.tsx';
import { formatCount, formatDollars, formatTime } from '../ui/format.ts';
import { PageHeader } from '../ui/page-header.tsx';
import { PropertyList } from '../ui/property-list.tsx';
import { QueryState } from '../ui/query-state.tsx';
import { KeyDetailsDocument, type KeyDetailsQuery } from './api-keys.generated.ts';
import { KeyActions } from './key-actions.tsx';
import { findRotatedKeys, getKeyState, maxListedKeys } from './key-state.ts';
import { KeyStateBadge } from './key-state-badge.tsx';
import { KeyWarnings } from './key-warnings.tsx';
import { type CreatedKey, NewKeyDialog } from './new-key-dialog.tsx';

type ApiKey = Extract<KeyDetailsQuery['apiKey'], { readonly __typename: 'ApiKey' }>;
type TenantKeys = NonNullable<KeyDetailsQuery['tenantKeys']>;

interface KeyDetailsProps {
  readonly tenantId: string;
  readonly id: string;
}

/** One API key with its settings, its limits and its usage. */
export function KeyDetails({ tenantId, id }: KeyDetailsProps) {
  const { can } = useSession();
  const [result, reload] = useQuery({
    query: KeyDetailsDocument,
    variables: { id, tenantId, isAdmin: can('admin') },
    requestPolicy: 'cache-and-network',
  });
  const load = () => reload({ requestPolicy: 'network-only' });
  const [created, setCreated] = useState<CreatedKey>();
  const [, navigate] = useLocation();
  return (
    <>
      <p>
        <Link href={`/${tenantId}`}>← Tenant</Link>
      </p>
      <QueryState result={result} onRetry={load}>
        {({ apiKey, tenantKeys }) =>
          apiKey?.__typename === 'ApiKey' && isKeyOf(tenantKeys, id) ? (
            <KeyView {...{ tenantId, apiKey, tenantKeys }} onRotated={setCreated} onChange={load} />
          ) : (
            <UnknownKey id={id} />
          )
        }
      </QueryState>
      {created && <NewKeyDialog created={created} onClose={() => navigate(`/${tenantId}/keys/${created.apiKey.id}`)} />}
    </>
  );
}

/** Returns whether a tenant has a key, as far as its keys are listed. The keys are absent for visitors who see their own key only. */
function isKeyOf(tenantKeys: TenantKeys | undefined, id: string): boolean {
  return tenantKeys === undefined || tenantKeys.length >= maxListedKeys || tenantKeys.some((key) => key.id === id);
}

function UnknownKey({ id }: { readonly id: string }) {
  return (
    <EmptyState title="There is no such API key">
      <p>
        Your key sees no API key <code>{id}</code>.
      </p>
    </EmptyState>
  );
}

interface KeyViewProps {
  readonly tenantId: string;
  readonly apiKey: ApiKey;
  readonly tenantKeys: TenantKeys | undefined;
  readonly onRotated: (created: CreatedKey) => void;
  readonly onChange: () => void;
}

function KeyView({ tenantId, apiKey, tenantKeys = [], onRotated, onChange }: KeyViewProps) {
  const { me, can } = useSession();
  const [nowMs] = useState(() => Date.now());
  const { id, name, usage, limits, warnings } = apiKey;
  const state = getKeyState(apiKey, findRotatedKeys(tenantKeys), nowMs);
  const isOwn = id === me.apiKey?.id;
  return (
    <>
      <PageHeader title={name}>
        <KeyStateBadge state={state} />
        {isOwn && <Badge tone="info">this key</Badge>}
        <CopyButton text={id} label="Copy id" />
        {can('admin') && <KeyActions {...{ apiKey, state, isOwn, onRotated, onChange }} />}
      </PageHeader>
      <KeyWarnings warnings={warnings} />
      <Figures
        figures={[
          { label: 'Spend today', value: formatDollars(usage.today.cost), note: 'the day in UTC' },
          { label: 'Requests today', value: formatCount(usage.today.requests), note: describeErrors(usage.today) },
          { label: 'Spend this month', value: formatDollars(usage.thisMonth.cost), note: 'the month in UTC' },
          {
            label: 'Requests this month',
            value: formatCount(usage.thisMonth.requests),
            note: describeErrors(usage.thisMonth),
          },
        ]}
      />
      <LimitMeters title="Limits of this key" limits={limits} />
      <Properties tenantId={tenantId} apiKey={apiKey} tenantKeys={tenantKeys} />
    </>
  );
}

interface PropertiesProps extends Pick<KeyViewProps, 'tenantId' | 'apiKey'> {
  readonly tenantKeys: TenantKeys;
}

function Properties({ tenantId, apiKey, tenantKeys }: PropertiesProps) {
  const { id, start, scopes, allowedModels, allowedProviders, endUser, keepBodies } = apiKey;
  const replacement = tenantKeys.find(({ rotatedFrom }) => rotatedFrom === id);
  const linkTo = (keyId: string) => (
    <Link href={`/${tenantId}/keys/${keyId}`} className="mono">
      {keyId}
    </Link>
  );
  return (
    <PropertyList
      properties={[
        { label: 'Id', value: <span className="mono">{id}</span> },
        { label: 'Starts with', value: <span className="mono">{start ?? 'not kept'}</span> },
        { label: 'Scopes', value: scopes.join(', ') },
        { label: 'Allowed models', value: allowedModels?.join(', ') ?? 'any' },
        { label: 'Allowed providers', value: allowedProviders?.join(', ') ?? 'any' },
        { label: 'Created', value: formatTime(apiKey.createdAt) },
        { label: 'Last used', value: apiKey.lastUsedAt === null ? 'never' : formatTime(apiKey.lastUsedAt) },
        { label: 'Expires', value: apiKey.expiresAt === null ? 'never' : formatTime(apiKey.expiresAt) },
        ...(apiKey.revokedAt === null ? [] : [{ label: 'Revoked', value: formatTime(apiKey.revokedAt) }]),
        ...(apiKey.rotatedFrom === null ? [] : [{ label: 'Takes the place of', value: linkTo(apiKey.rotatedFrom) }]),
        ...(replacement ? [{ label: 'Replaced by', value: linkTo(replacement.id) }] : []),
        { label: 'End user of all requests', value: endUser ?? 'each request names its own' },
        { label: 'Limits of each end user', value: describeLimits(apiKey.endUserLimits) },
        { label: 'Requests without an end user', value: apiKey.requireEndUser ? 'refused' : 'allowed' },
        { label: 'Strict', value: apiKey.strict ? 'yes' : 'no' },
        { label: 'Keeps bodies', value: keepBodies.toLowerCase() },
      ]}
    />
  );
}

function describeErrors({ errors }: { readonly errors: number }): string | undefined {
  return errors === 0 ? undefined : `${formatCount(errors)} failed`;
}
