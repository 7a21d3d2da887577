import * as z from 'zod';
import type { TargetedRequest } from '../../gateway/run-route.ts';
import type { JobAttempt } from '../../jobs/job-dependencies.ts';
import type { ResponseStore } from '../../responses-store/response-store.ts';
import type { TranslationContext } from '../translate-fields.ts';

type Body = Readonly<Record<string, unknown>>;

/** A Responses request that a job runs. */
export interface ResponseRun {
  readonly attempt: JobAttempt;
  readonly responses: ResponseStore;
  readonly request: TargetedRequest;
  /** The JSON that the client has sent. */
  readonly text: string;
  /** The same without `background`. */
  readonly body: Body;
}

/** A response and the input that it replies to. */
export interface RunResult {
  readonly response: z.infer<typeof responseSchema>;
  readonly input: unknown;
}

/** The parts of a response that the gateway reads. */
export const responseSchema = z.looseObject({
  status: z.string().optional().catch(undefined),
  incomplete_details: z.looseObject({ reason: z.string().optional() }).nullish().catch(undefined),
  output: z.array(z.unknown()),
});

/** What `resp_`, `msg_` and the other ids of a reply are made of. It is the same in every attempt. */
export function toIdSuffix({ job }: JobAttempt): string {
  return job.id.slice('job_'.length);
}

/** What was reported, or rejected, when the job was created is not again. */
export function createTranslationContext({ job }: JobAttempt): TranslationContext {
  return {
    get: () => ({ ...job.principal, strict: false }),
    set: () => undefined,
    req: { header: () => undefined },
  };
}
