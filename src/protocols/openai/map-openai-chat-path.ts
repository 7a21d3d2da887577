import type { FieldPath } from '../../domain/error-issue.ts';

/** The fields of clients that send `functions` in place of `tools`. At most one call is what `functions` mean. */
const functionFields: ReadonlyMap<FieldPath[number] | undefined, string> = new Map([
  ['parallel_tool_calls', 'functions'],
  ['tool_choice', 'function_call'],
  ['tools', 'functions'],
]);

/** Maps a field of the gateway's own request to the one that the client has sent. */
export function mapOpenAiChatPath(path: FieldPath, body: Readonly<Record<string, unknown>>): FieldPath {
  const [field, ...rest] = path;
  // Of what an assistant says, only reasoning is named by its part.
  if (field === 'messages' && rest[1] === 'content' && rest.length > 2) {
    return ['messages', ...rest.slice(0, 1), 'reasoning_details'];
  }
  if (field === 'max_tokens' && body.max_tokens == null) return ['max_completion_tokens'];
  if (field === 'tools' && rest[1] === 'strict' && !Array.isArray(body.functions)) {
    return ['tools', ...rest.slice(0, 1), 'function', 'strict'];
  }
  const renamed = body.tools == null && Array.isArray(body.functions) ? functionFields.get(field) : undefined;
  return renamed === undefined ? path : [renamed, ...rest];
}
