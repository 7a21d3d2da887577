import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ConsoleApp } from './app/console-app.tsx';

const container = document.getElementById('console');
if (!container) throw new Error('The page has no element with the id console.');
createRoot(container).render(
  <StrictMode>
    <ConsoleApp />
  </StrictMode>,
);
