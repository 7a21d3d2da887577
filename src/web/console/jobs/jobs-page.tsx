import { Route, Switch } from 'wouter';
import { JobDetails } from './job-details.tsx';
import { JobList } from './job-list.tsx';

/** The tenant's jobs: the list, and one job below its id. */
export default function JobsPage() {
  return (
    <Switch>
      <Route path="/:id">{({ id }) => <JobDetails key={id} id={id} />}</Route>
      <Route>
        <JobList />
      </Route>
    </Switch>
  );
}
