import { Badge } from '../ui/badge.tsx';

/** Says whether a route is for all tenants or for the tenant of the key. */
export function RouteOwner({ tenantId }: { readonly tenantId: string | null }) {
  return tenantId === null ? <Badge tone="info">Global</Badge> : <Badge>Own</Badge>;
}
