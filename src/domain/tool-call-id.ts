/** What every vendor takes: OpenAI at most 40 characters, Claude only these. */
const portable = /^[A-Za-z0-9_-]{1,40}$/;

/** Returns whether every vendor takes this id of a tool call. */
export function isPortableToolCallId(id: string): boolean {
  return portable.test(id);
}

/** Creates an id for a tool call. It is unique, because vendors refuse a conversation where two calls have the same one. */
export function createToolCallId(): string {
  return `call_${crypto.randomUUID().replaceAll('-', '')}`;
}
