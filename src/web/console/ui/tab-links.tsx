import { Link, useLocation } from 'wouter';

interface TabLink {
  /** Below the page; `/` is the page itself. */
  readonly path: string;
  readonly title: string;
}

/** Links to the parts of a page, each of which has its own URL. */
export function TabLinks({ label, tabs }: { readonly label: string; readonly tabs: readonly TabLink[] }) {
  const [location] = useLocation();
  return (
    <nav className="tabs" aria-label={label}>
      {tabs.map(({ path, title }) => (
        <Link key={path} href={path} aria-current={path === location ? 'page' : undefined}>
          {title}
        </Link>
      ))}
    </nav>
  );
}
