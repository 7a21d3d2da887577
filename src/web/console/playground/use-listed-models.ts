import { useEffect, useState } from 'react';
import { useSession } from '../app/session.tsx';
import { getMember, toList, toText } from './json-value.ts';

export interface ListedModel {
  readonly id: string;
  /** A provider, or `route`. */
  readonly owner: string;
}

/** Returns the routes and the models that the key may use, routes first. Without a list any name can still be typed. */
export function useListedModels(): readonly ListedModel[] {
  const { apiKey } = useSession();
  const [models, setModels] = useState<readonly ListedModel[]>([]);
  useEffect(() => {
    const controller = new AbortController();
    const load = async () => {
      const response = await fetch('/v1/models', { headers: { 'x-api-key': apiKey }, signal: controller.signal });
      const list = toList(getMember(await response.json(), 'data'));
      setModels(
        list.map((model) => ({ id: toText(getMember(model, 'id')), owner: toText(getMember(model, 'owned_by')) })),
      );
    };
    load().catch(() => undefined);
    return () => controller.abort();
  }, [apiKey]);
  return models;
}
