import { Route, Switch } from 'wouter';
import { DeadLetterList } from './dead-letter-list.tsx';
import { JobDetails } from './job-details.tsx';
import { JobList } from './job-list.tsx';

/** The tenant's jobs: the list, the dead letters, and one job below its id. */
export default function JobsPage() {
  return (
    <Switch>
      <Route path="/dead-letters">
        <DeadLetterList />
      </Route>
      <Route path="/:id">{({ id }) => <JobDetails key={id} id={id} />}</Route>
      <Route>
        <JobList />
      </Route>
    </Switch>
  );
}
