/** What the response pane shows: an execution result, or whatever else the gateway said in JSON. */
export type GraphQLReply = Record<string, unknown>;

/** Reads a whole reply, refusals too; what is no JSON becomes an error that shows it. */
export async function readReply(response: Response): Promise<GraphQLReply> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    const status = `${response.status} ${response.statusText}`.trim();
    return { errors: [{ message: `The gateway answered ${status} without JSON: ${text.slice(0, 500)}` }] };
  }
}
