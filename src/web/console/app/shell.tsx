import { type ReactNode, useEffect } from 'react';
import { Link, useLocation } from 'wouter';
import { Button } from '../ui/button.tsx';
import { loadPage, type Page } from './pages.ts';
import { useSession } from './session.tsx';

interface ShellProps {
  readonly pages: readonly Page[];
  readonly children: ReactNode;
}

/** The frame of every page: the navigation, who has signed in, and the page itself. */
export function Shell({ pages, children }: ShellProps) {
  const { me, signOut } = useSession();
  const [location] = useLocation();
  const current = pages.find(({ path }) => location === path || location.startsWith(`${path}/`));

  useEffect(() => {
    document.title = `${current?.title ?? 'Console'} · AI Aggregator`;
  }, [current]);

  return (
    <div className="shell">
      <a className="skip-link" href="#page">
        Skip to the page
      </a>
      <header className="sidebar">
        <p className="brand">AI Aggregator</p>
        <nav aria-label="Pages">
          <ul>
            {pages.map(({ path, title }) => (
              <li key={path}>
                <Link
                  href={path}
                  aria-current={path === current?.path ? 'page' : undefined}
                  onPointerEnter={() => loadPage(path)}
                  onFocus={() => loadPage(path)}
                >
                  {title}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <div className="account">
          <span className="muted">
            <bdi>{me.name}</bdi>
            {me.apiKey && (
              <>
                {' · '}
                <bdi>{me.apiKey.name}</bdi>
              </>
            )}
          </span>
          <Button variant="ghost" size="small" onClick={signOut}>
            Sign out
          </Button>
        </div>
      </header>
      <main id="page" tabIndex={-1}>
        {!me.active && <p className="problem">This tenant is suspended: its keys are refused until it is resumed.</p>}
        {children}
      </main>
    </div>
  );
}
