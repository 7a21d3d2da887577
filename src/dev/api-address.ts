import { once } from 'node:events';
import { createServer } from 'node:net';
import { StartError } from './start-error.ts';

const everyAddress = ['0.0.0.0', '::'];

/** The URL to show: `localhost` where that leads to the Worker. */
export function publicUrl(host: string, port: number): string {
  return `http://${[...everyAddress, '127.0.0.1'].includes(host) ? 'localhost' : bracketed(host)}:${port}`;
}

/** The URL by which the runner itself reaches the Worker. */
export function ownUrl(host: string, port: number): string {
  return `http://${everyAddress.includes(host) ? '127.0.0.1' : bracketed(host)}:${port}`;
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

/** Throws a StartError where the Worker could not listen. */
export async function checkAddress(host: string, port: number): Promise<void> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartError(describe(code, host, port));
  }
  server.close();
  await once(server, 'close');
}

function describe(code: string | undefined, host: string, port: number): string {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} is taken by another program. Stop that one, or set API_PORT to another port.`;
    case 'EACCES':
      return `Port ${port} may not be used by you. Set API_PORT to a port above 1023.`;
    default:
      return `API_HOST ${host} is not an address of this machine (${code}). 127.0.0.1 is the default.`;
  }
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
