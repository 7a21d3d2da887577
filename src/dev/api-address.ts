import { once } from 'node:events';
import { createServer } from 'node:net';
import { StartError } from './start-error.ts';

const wildcardAddresses = ['0.0.0.0', '::'];

/** Returns the URL to show: `localhost` where that reaches the Worker. */
export function getPublicUrl(host: string, port: number): string {
  return `http://${[...wildcardAddresses, '127.0.0.1'].includes(host) ? 'localhost' : bracketIpv6(host)}:${port}`;
}

/** Returns the URL by which the runner itself reaches the Worker. */
export function getRunnerUrl(host: string, port: number): string {
  return `http://${wildcardAddresses.includes(host) ? '127.0.0.1' : bracketIpv6(host)}:${port}`;
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

/** Throws a StartError if the Worker could not listen on the address. */
export async function checkAddress(host: string, port: number): Promise<void> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartError(describeListenError(code, host, port));
  }
  server.close();
  await once(server, 'close');
}

function describeListenError(code: string | undefined, host: string, port: number): string {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} is taken by another program. Stop that one, or set API_PORT to another port.`;
    case 'EACCES':
      return `Port ${port} may not be used by you. Set API_PORT to a port above 1023.`;
    default:
      return `API_HOST ${host} is not an address of this machine (${code}). 127.0.0.1 is the default.`;
  }
}

function bracketIpv6(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
