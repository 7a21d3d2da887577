/** Bytes of an error's body that are read: enough for any message, and no more than a hostile vendor should cost. */
const maxErrorBytes = 64 * 1024;

/** The body of a reply that is an error, as text: its start only, where `isWhole` is false. */
export interface ErrorBody {
  readonly text: string;
  readonly isWhole: boolean;
}

/** Reads the body of a reply that is an error, or the start of a longer one. Never rejects. */
export async function readErrorBody(response: Response): Promise<ErrorBody> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      bytes += chunk.byteLength;
      if (bytes >= maxErrorBytes) return { text, isWhole: false };
    }
    return { text, isWhole: true };
  } catch {
    // Cut off or aborted: the status is enough.
    return { text, isWhole: false };
  }
}
