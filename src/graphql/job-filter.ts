import type { JobFilter } from '../db/queries/jobs.ts';
import { invalidFieldError } from '../domain/errors.ts';
import type { JobStatus, JobType } from '../domain/job.ts';

/** A filter as a client sends it. Null means the same as absent. */
type JobFilterInput = {
  readonly statuses?: JobStatus[] | null | undefined;
  readonly types?: JobType[] | null | undefined;
  readonly providers?: string[] | null | undefined;
  readonly models?: string[] | null | undefined;
  readonly createdFrom?: Date | null | undefined;
  readonly createdBefore?: Date | null | undefined;
};

const maxChoices = 100;

/** Parses a filter. Throws `invalid_request` that names the field. */
export function parseJobFilter(input: JobFilterInput | null | undefined): JobFilter {
  const { statuses, types, providers, models, createdFrom, createdBefore } = input ?? {};
  return {
    statuses: checkChoices('statuses', statuses),
    types: checkChoices('types', types),
    providers: checkChoices('providers', providers),
    models: checkChoices('models', models),
    createdFrom: createdFrom ?? undefined,
    createdBefore: createdBefore ?? undefined,
  };
}

function checkChoices<T extends string>(name: string, choices: T[] | null | undefined): T[] | undefined {
  if (choices == null) return undefined;
  // Postgres rejects U+0000 in a text.
  if (choices.length <= maxChoices && choices.every((choice) => !choice.includes('\0'))) return choices;
  throw invalidFieldError(['filter', name], `must be a list of up to ${maxChoices} names`);
}
