import { type LazyComponent, lazyComponent } from '../ui/lazy-component.tsx';
import type { Scope } from './session.tsx';

/** A page of the console. */
export interface Page {
  /** Below `/console`. A page has all paths below its own. */
  readonly path: string;
  readonly title: string;
  /** The API key needs one of them. Absent: every key sees the page. */
  readonly scopes?: readonly Scope[];
  readonly Component: LazyComponent;
}

/** In the order of the navigation. A visitor starts on the first one that the key may see. */
export const pages: readonly Page[] = [
  {
    path: '/overview',
    title: 'Overview',
    scopes: ['read'],
    Component: lazyComponent(() => import('../overview/overview-page.tsx')),
  },
  {
    path: '/requests',
    title: 'Requests',
    scopes: ['read'],
    Component: lazyComponent(() => import('../requests/requests-page.tsx')),
  },
  {
    path: '/playground',
    title: 'Playground',
    scopes: ['chat'],
    Component: lazyComponent(() => import('../playground/chat-playground-page.tsx')),
  },
  {
    path: '/jobs',
    title: 'Jobs',
    scopes: ['read', 'jobs'],
    Component: lazyComponent(() => import('../jobs/jobs-page.tsx')),
  },
  {
    path: '/tenants',
    title: 'Keys and tenants',
    scopes: ['read'],
    Component: lazyComponent(() => import('../tenants/tenants-page.tsx')),
  },
  {
    path: '/models',
    title: 'Models',
    scopes: ['read'],
    Component: lazyComponent(() => import('../models/models-page.tsx')),
  },
  {
    path: '/settings',
    title: 'Settings',
    scopes: ['read', 'jobs'],
    Component: lazyComponent(() => import('../settings/settings-page.tsx')),
  },
];

/** Loads the page of a path below `/console` ahead. */
export function loadPage(path: string): void {
  const page = pages.find((one) => path.startsWith(one.path)) ?? pages[0];
  // What went wrong is shown in the place of the page.
  page?.Component.load().catch(() => {});
}
