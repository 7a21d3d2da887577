import { Link, Route, Switch } from 'wouter';
import { useSearchParams } from '../app/use-search-params.ts';
import { PageHeader } from '../ui/page-header.tsx';
import { EditRoutePage } from './edit-route-page.tsx';
import { ModelPrices } from './model-prices.tsx';
import { ProviderList } from './provider-list.tsx';
import { RouteList } from './route-list.tsx';
import { RoutePage } from './route-page.tsx';

const tabs = [
  { id: 'routes', title: 'Routes', Content: RouteList },
  { id: 'providers', title: 'Providers', Content: ProviderList },
  { id: 'prices', title: 'Prices', Content: ModelPrices },
] as const;

/** Routes, the providers that they lead to, and the prices of models. */
export default function ModelsPage() {
  const [params] = useSearchParams();
  return (
    <Switch>
      <Route path="/new-route">
        <EditRoutePage key={params.get('from')} name={params.get('from') ?? undefined} isCopy />
      </Route>
      <Route path="/routes/:name/edit">{({ name }) => <EditRoutePage key={name} name={name} />}</Route>
      <Route path="/routes/:name">{({ name }) => <RoutePage key={name} name={name} />}</Route>
      <Route>
        <Tabs current={params.get('tab')} />
      </Route>
    </Switch>
  );
}

function Tabs({ current }: { readonly current: string | null }) {
  const { id: currentId, Content } = tabs.find(({ id }) => id === current) ?? tabs[0];
  return (
    <>
      <PageHeader title="Models" />
      <nav aria-label="Models" className="tabs">
        {tabs.map(({ id, title }) => (
          <Link key={id} href={`?tab=${id}`} aria-current={id === currentId ? 'page' : undefined}>
            {title}
          </Link>
        ))}
      </nav>
      <Content />
    </>
  );
}
