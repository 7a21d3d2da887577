import { Suspense } from 'react';
import { Redirect, Route, Router, Switch } from 'wouter';
import { Loading } from '../ui/loading.tsx';
import { ToastProvider } from '../ui/toast.tsx';
import { ErrorBoundary } from './error-boundary.tsx';
import { type Page, pages } from './pages.ts';
import { SessionProvider, useSession, useSessionAccess } from './session.tsx';
import { Shell } from './shell.tsx';
import { SignIn } from './sign-in.tsx';

/** The console: the form to sign in, or the pages that the visitor's key may see. */
export function ConsoleApp() {
  return (
    <Router base="/console">
      <ToastProvider>
        <SessionProvider>
          <Content />
        </SessionProvider>
      </ToastProvider>
    </Router>
  );
}

function Content() {
  const { state } = useSessionAccess();
  if (state.status === 'starting') return <Loading />;
  if (state.status === 'signed-out') return <SignIn key={state.notice} notice={state.notice} />;
  return <Pages />;
}

function Pages() {
  const { can } = useSession();
  const visiblePages = pages.filter(({ scopes }) => scopes === undefined || scopes.some(can));
  const [home] = visiblePages;
  return (
    <Shell pages={visiblePages}>
      <Suspense fallback={<Loading />}>
        <Switch>
          {visiblePages.map((page) => (
            <Route key={page.path} path={page.path} nest>
              <PageContent page={page} />
            </Route>
          ))}
          <Route>{home ? <Redirect to={home.path} replace /> : <p>This API key cannot see any page.</p>}</Route>
        </Switch>
      </Suspense>
    </Shell>
  );
}

function PageContent({ page: { path, Component } }: { readonly page: Page }) {
  return (
    <ErrorBoundary key={path}>
      <Component />
    </ErrorBoundary>
  );
}
