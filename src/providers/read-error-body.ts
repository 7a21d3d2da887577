/** Bytes of an error's body that are read: enough for any message, and no more than a hostile vendor should cost. */
const maxErrorBytes = 64 * 1024;

/** The start of the body of a reply that is an error, as text. Never rejects. */
export async function readErrorBody(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      bytes += chunk.byteLength;
      if (bytes >= maxErrorBytes) break;
    }
  } catch {
    // Cut off or aborted: the status is enough.
  }
  return text;
}
