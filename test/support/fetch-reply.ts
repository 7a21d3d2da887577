const maxAttempts = 5;

/**
 * Fetches with a body whose length the Worker may reject. The Worker then closes the connection, maybe while this process still
 * writes. If the connection breaks before the reply has been read, the request is sent again.
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
