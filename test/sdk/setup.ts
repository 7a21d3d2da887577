import type { TestProject } from 'vitest/node';
import { startGatewayWithProviders } from './gateway-with-providers.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** `npm run dev`, where every provider answers. */
    gatewayUrl: string;
  }
}

/** Starts the gateway and its providers once for all tests of the project. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { gatewayUrl, providerUrl, stop } = await startGatewayWithProviders();
  project.provide('gatewayUrl', gatewayUrl);
  project.provide('providerUrl', providerUrl);
  return stop;
}
