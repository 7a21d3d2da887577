/**
 * The output items of Responses that cost their tokens only. Any other one shows a tool that the vendor has run and bills by
 * itself (`web_search_call`, `file_search_call`, `code_interpreter_call`, `image_generation_call`), or may do so.
 */
const unbilledTypes: ReadonlySet<string> = new Set([
  ...['message', 'reasoning', 'compaction', 'additional_tools', 'tool_search_call', 'tool_search_output'],
  ...['function_call', 'custom_tool_call', 'computer_call', 'local_shell_call', 'apply_patch_call'],
  ...['function_call_output', 'custom_tool_call_output', 'computer_call_output', 'local_shell_call_output'],
  ...['apply_patch_call_output', 'shell_call_output'],
  ...['mcp_call', 'mcp_list_tools', 'mcp_approval_request', 'mcp_approval_response'],
]);

interface OutputItem {
  readonly type?: string | undefined;
  /** Where a `shell_call` runs. */
  readonly environment?: { readonly type?: string | undefined } | null | undefined;
}

/** Returns whether an output item may cost something beside its tokens. */
export function isBilledOutputItem({ type, environment }: OutputItem): boolean {
  if (type === undefined) return false;
  // In a container of the vendor's, or on the client's own machine.
  if (type === 'shell_call') return environment?.type !== undefined && environment.type !== 'local';
  return !unbilledTypes.has(type);
}
