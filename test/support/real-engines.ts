import { createConnection } from 'node:net';

/** Returns whether tests use them: where both listen, unless ENGINES=embedded. */
export async function usesRealEngines(): Promise<boolean> {
  return process.env.ENGINES !== 'embedded' && (await canReachRealEngines());
}

/** Returns whether both real servers listen on their default ports. */
export async function canReachRealEngines(): Promise<boolean> {
  return (await Promise.all([listens(5432), listens(6379)])).every(Boolean);
}

async function listens(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
