import { Redirect, Route, Switch } from 'wouter';
import { KeyDetails } from '../api-keys/key-details.tsx';
import { useSession } from '../app/session.tsx';
import { TenantDetails } from './tenant-details.tsx';
import { TenantList } from './tenant-list.tsx';

/** The tenants and their API keys. Who is no administrator sees the own tenant. */
export default function TenantsPage() {
  const { me, can } = useSession();
  return (
    <Switch>
      <Route path="/:tenantId/keys/:keyId">
        {({ tenantId, keyId }) => <KeyDetails key={keyId} tenantId={tenantId} id={keyId} />}
      </Route>
      <Route path="/:id">{({ id }) => <TenantDetails key={id} id={id} />}</Route>
      <Route>{can('admin') ? <TenantList /> : <Redirect to={`/${me.id}`} replace />}</Route>
    </Switch>
  );
}
