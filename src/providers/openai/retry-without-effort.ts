import { GatewayError } from '../../domain/errors.ts';
import type { ChatRequest } from '../../domain/request.ts';

type Body = Readonly<Record<string, unknown>>;

/**
 * Sends a translated request once more without `reasoning_effort` where the vendor refuses that, and reports it. Clients of
 * Anthropic's send an effort to every model, and which models of compatible vendors can reason is not known beforehand.
 */
export async function retryWithoutEffort(
  body: Body,
  { translation }: Pick<ChatRequest, 'translation'>,
  send: (body: Body) => Promise<Response>,
): Promise<Response> {
  if (!translation || body.reasoning_effort === undefined) return await send(body);
  try {
    return await send(body);
  } catch (error) {
    if (!isEffortRefusal(error)) throw error;
    translation.adjust(['reasoning_effort']);
    return await send({ ...body, reasoning_effort: undefined });
  }
}

/** Vendors name the field or the ability: `Unrecognized request argument supplied: reasoning_effort`, `thinking is not supported`. */
function isEffortRefusal(error: unknown): boolean {
  return (
    error instanceof GatewayError &&
    error.code === 'invalid_request' &&
    /reasoning|thinking/i.test(`${error.param ?? ''} ${error.message}`)
  );
}
