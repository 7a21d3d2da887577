/** The script that checks each language off the main thread. The build writes it beside this one. */
const workerFiles: Readonly<Record<string, string>> = { graphql: 'graphql-worker.js', json: 'json-worker.js' };

// Monaco looks for its workers under this name.
window.MonacoEnvironment = {
  getWorker: (_moduleId, label) =>
    new Worker(new URL(workerFiles[label] ?? 'editor-worker.js', import.meta.url), { type: 'module', name: label }),
};
