import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ConsoleApp } from './app/console-app.tsx';
import { installHistoryGuard } from './app/history-guard.ts';
import { loadPage } from './app/pages.ts';

const container = document.getElementById('console');
if (!container) throw new Error('The page has no element with the id console.');
installHistoryGuard();
// The gateway is asked meanwhile who the visitor is.
loadPage(location.pathname.slice('/console'.length));
createRoot(container).render(
  <StrictMode>
    <ConsoleApp />
  </StrictMode>,
);
