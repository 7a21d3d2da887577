import { type ComponentType, type LazyExoticComponent, lazy } from 'react';
import type { Scope } from './session.tsx';

/** A page of the console. */
export interface Page {
  /** Below `/console`. A page has all paths below its own. */
  readonly path: string;
  readonly title: string;
  /** The API key needs one of them. Absent: every key sees the page. */
  readonly scopes?: readonly Scope[];
  readonly Component: LazyExoticComponent<ComponentType>;
}

/** In the order of the navigation. A visitor starts on the first one that the key may see. */
export const pages: readonly Page[] = [
  {
    path: '/overview',
    title: 'Overview',
    scopes: ['read'],
    Component: lazy(() => import('../overview/overview-page.tsx')),
  },
  {
    path: '/requests',
    title: 'Requests',
    scopes: ['read'],
    Component: lazy(() => import('../requests/requests-page.tsx')),
  },
  {
    path: '/playground',
    title: 'Playground',
    scopes: ['chat'],
    Component: lazy(() => import('../playground/chat-playground-page.tsx')),
  },
  {
    path: '/jobs',
    title: 'Jobs',
    scopes: ['read', 'jobs'],
    Component: lazy(() => import('../jobs/jobs-page.tsx')),
  },
  {
    path: '/tenants',
    title: 'Keys and tenants',
    scopes: ['read'],
    Component: lazy(() => import('../tenants/tenants-page.tsx')),
  },
  {
    path: '/models',
    title: 'Models',
    scopes: ['read'],
    Component: lazy(() => import('../models/models-page.tsx')),
  },
  {
    path: '/settings',
    title: 'Settings',
    scopes: ['read', 'jobs'],
    Component: lazy(() => import('../settings/settings-page.tsx')),
  },
];
