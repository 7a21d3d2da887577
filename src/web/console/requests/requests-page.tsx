import { Route, Switch } from 'wouter';
import { RequestDetails } from './request-details.tsx';
import { RequestList } from './request-list.tsx';

/** The request log: the list, and one request below its id. */
export default function RequestsPage() {
  return (
    <Switch>
      <Route path="/:id">{({ id }) => <RequestDetails key={id} id={id} />}</Route>
      <Route>
        <RequestList />
      </Route>
    </Switch>
  );
}
