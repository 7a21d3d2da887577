import './monaco-workers.ts';
import { GraphiQL } from 'graphiql';
import { useState } from 'react';
import { createRoot } from 'react-dom/client';
import { exampleTabs } from './example-tabs.ts';
import { createFetcher } from './fetcher.ts';
import { type PlaygroundSettings, readSettings } from './settings.ts';
import { createStorageWithoutHeaders } from './storage.ts';
import { useAfterPause } from './use-after-pause.ts';

const pauseMs = 1_000;

function Playground({ headers }: PlaygroundSettings) {
  const headersText = JSON.stringify(headers, null, 2);
  const createPageFetcher = () => createFetcher('/graphql', headers);
  const [fetcher, setFetcher] = useState(createPageFetcher);
  // With a new fetcher, GraphiQL loads the schema again: the key may be another one, or the first valid one.
  const reloadSchema = useAfterPause(pauseMs, headersText, () => setFetcher(createPageFetcher));
  return (
    <GraphiQL
      fetcher={fetcher}
      defaultTabs={exampleTabs.map((tab) => ({ ...tab, headers: headersText }))}
      defaultHeaders={headersText}
      defaultEditorToolsVisibility="headers"
      onEditHeaders={reloadSchema}
      storage={createStorageWithoutHeaders(localStorage, headersText)}
      shouldPersistHeaders={false}
      showPersistHeadersSettings={false}
    >
      <GraphiQL.Logo>
        <a className="home-link" href="/">
          AI Aggregator
        </a>
      </GraphiQL.Logo>
    </GraphiQL>
  );
}

const container = document.getElementById('playground');
if (container === null) throw new Error('The page has no element for the playground.');
createRoot(container).render(<Playground {...(await readSettings())} />);
