import type { RoutedRequest } from '../gateway/gateway-request.ts';

/** What a job can run on. */
interface JobModel {
  readonly provider: string;
  readonly model: string;
  /** The route, or the models, that its client has named; null where it has named one model. */
  readonly models: readonly string[] | null;
}

/** Returns what the request of a job names: a route is resolved in each attempt. */
export function toRequestedModel({
  provider,
  model,
  models,
}: JobModel): Pick<RoutedRequest, 'provider' | 'model' | 'models'> {
  if (!models) return { provider, model };
  return models.length === 1 ? { model: models[0] } : { models };
}
