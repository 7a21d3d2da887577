/** Which file, beside this one, checks which language off the main thread. The build puts them there. */
const workerFiles: Readonly<Record<string, string>> = { graphql: 'graphql-worker.js', json: 'json-worker.js' };

// Under this name Monaco asks for its workers.
window.MonacoEnvironment = {
  getWorker: (_moduleId, label) =>
    new Worker(new URL(workerFiles[label] ?? 'editor-worker.js', import.meta.url), { type: 'module', name: label }),
};
