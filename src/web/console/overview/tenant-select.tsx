import { useQuery } from 'urql';
import { useSession } from '../app/session.tsx';
import { OverviewTenantsDocument } from './overview-tenants.generated.ts';

interface TenantSelectProps {
  /** Null: the tenant of the key. */
  readonly value: string | null;
  /** The empty text: the tenant of the key. */
  readonly onChange: (tenantId: string) => void;
}

/** The choice of a tenant for administrators: the newest hundred, and the one that the URL names. */
export default function TenantSelect({ value, onChange }: TenantSelectProps) {
  const { me } = useSession();
  const [{ data }] = useQuery({ query: OverviewTenantsDocument });
  const others = (data?.tenants.nodes ?? []).filter(({ id }) => id !== me.id);
  const isListed = value === null || value === me.id || others.some(({ id }) => id === value);
  return (
    <select
      aria-label="Tenant"
      value={value === me.id ? '' : (value ?? '')}
      onChange={(event) => onChange(event.target.value)}
    >
      <option value="">{me.name}</option>
      {!isListed && <option value={value}>{value}</option>}
      {others.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </select>
  );
}
