import { z } from 'zod';
import type { ChatCall } from '../core/call.ts';
import { GatewayError } from '../core/errors.ts';
import type { JobType } from '../core/job.ts';
import { callFields, toCall } from './chat-body.ts';
import type { HttpContext } from './context.ts';
import { parseJson } from './parse-json.ts';

const largestMetadata = 16_384;

const jobBodySchema = z.strictObject({
  type: z.enum(['TEXT', 'CHAT'], { error: 'must be TEXT (with input) or CHAT (with messages)' }).nullish(),
  input: z.string().min(1).nullish(),
  ...callFields,
  metadata: z
    .record(z.string(), z.unknown())
    .refine((metadata) => JSON.stringify(metadata).length <= largestMetadata, 'must be at most 16 KiB of JSON')
    .nullish(),
});

interface JobBody {
  readonly type: JobType;
  readonly provider: string | undefined;
  readonly model: string | undefined;
  readonly call: Omit<ChatCall, 'model'>;
  readonly metadata: unknown;
}

/** Reads the body of a new job. Throws `invalid_request` that names the field and the fix. */
export async function readJobBody(context: HttpContext): Promise<JobBody> {
  const { type, input, metadata, ...body } = await parseJson(context.req, jobBodySchema);
  const said = body.messages == null ? 'TEXT' : 'CHAT';
  if (type === 'TEXT' && input == null)
    throw new GatewayError('invalid_request', 'input is missing: a TEXT job has one.');
  if (type === 'CHAT' && body.messages == null) {
    throw new GatewayError('invalid_request', 'messages is missing: a CHAT job has a list of them.');
  }
  if ((input == null) === (body.messages == null)) {
    throw new GatewayError('invalid_request', 'input and messages: a job has exactly one of them.');
  }
  return {
    type: type ?? said,
    provider: body.provider ?? undefined,
    model: body.model ?? undefined,
    call: toCall({ ...body, prompt: input }),
    metadata: metadata ?? null,
  };
}
