/** The content of the response pane: an execution result, or any other JSON of the gateway. */
export type GraphQLReply = Record<string, unknown>;

/** Reads a whole reply, also one with an error. A text that is no JSON becomes an error that shows it. */
export async function readReply(response: Response): Promise<GraphQLReply> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    const status = `${response.status} ${response.statusText}`.trim();
    return { errors: [{ message: `The gateway answered ${status} without JSON: ${text.slice(0, 500)}` }] };
  }
}
