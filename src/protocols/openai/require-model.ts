import { invalidFieldError } from '../../domain/errors.ts';

/** Returns the model of a request. Throws `invalid_request` where it names none: the default model of a provider writes text. */
export function requireModel(model: string | null | undefined, example: string): string {
  if (model) return model;
  throw invalidFieldError(['model'], `is missing: name the model, such as ${example}`);
}
