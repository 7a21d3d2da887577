import type { ReactNode } from 'react';
import { Redirect, Route, Switch } from 'wouter';
import { type Scope, useSession } from '../app/session.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { TabLinks } from '../ui/tab-links.tsx';
import { AlertSettings } from './alert-settings.tsx';
import { AuditLog } from './audit-log.tsx';
import { RetentionSettings } from './retention-settings.tsx';
import { WebhookSettings } from './webhook-settings.tsx';

const sections: readonly Section[] = [
  { path: '/webhooks', title: 'Webhooks', scopes: ['read', 'jobs'], Component: WebhookSettings },
  { path: '/alerts', title: 'Alerts', scopes: ['admin'], Component: AlertSettings },
  { path: '/audit-log', title: 'Audit log', scopes: ['admin'], Component: AuditLog },
  { path: '/retention', title: 'Retention', scopes: ['read'], Component: RetentionSettings },
];

interface Section {
  readonly path: string;
  readonly title: string;
  /** The API key needs one of them. */
  readonly scopes: readonly Scope[];
  readonly Component: () => ReactNode;
}

/** What is set for the tenant and the gateway, and who has changed it. */
export default function SettingsPage() {
  const { can } = useSession();
  const visibleSections = sections.filter(({ scopes }) => scopes.some(can));
  return (
    <>
      <PageHeader title="Settings" />
      <TabLinks label="Settings" tabs={visibleSections} />
      <Switch>
        {visibleSections.map(({ path, Component }) => (
          <Route key={path} path={path} component={Component} />
        ))}
        <Route>
          <Redirect to="/webhooks" replace />
        </Route>
      </Switch>
    </>
  );
}
