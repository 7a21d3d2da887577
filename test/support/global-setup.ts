import type { TestProject } from 'vitest/node';
import { startServices, type TestServices } from './services.ts';

declare module 'vitest' {
  interface ProvidedContext extends Pick<TestServices, 'variables' | 'providerUrl' | 'receiverUrl'> {}
}

/** Starts the services for the Worker of a project's tests. `…-real` projects use the real servers of this machine. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const services = await startServices(project.name.endsWith('-real') ? 'real' : 'embedded');
  project.provide('providerUrl', services.providerUrl);
  project.provide('receiverUrl', services.receiverUrl);
  project.provide('variables', services.variables);
  return services.stop;
}
