const maxAttempts = 5;

/**
 * Fetches with a body that the Worker may refuse by its length. It closes the connection then, and a busy process still writes: the
 * request is sent again where the connection broke before the reply was read.
 */
export async function fetchReply(url: string, init: RequestInit): Promise<Response> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await fetch(url, init);
    } catch (error) {
      const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
      if (attempt === maxAttempts || (code !== 'EPIPE' && code !== 'ECONNRESET')) throw error;
    }
  }
}
