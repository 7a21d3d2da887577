import { invalidFieldError } from '../domain/errors.ts';
import type { ChatRequest } from '../domain/request.ts';

/**
 * Throws `invalid_request` where a tool has to be called and there is none, as vendors do. Without tools `auto` and
 * `none` ask for nothing, and neither does a bound on parallel calls: they are left out then, for vendors refuse them.
 */
export function checkToolChoice({ tools, toolChoice }: ChatRequest): void {
  if (tools?.length || toolChoice === undefined || toolChoice === 'auto' || toolChoice === 'none') return;
  throw invalidFieldError(
    ['tool_choice'],
    'asks for a tool to be called, but tools is empty: send the tools, or leave tool_choice out',
  );
}
