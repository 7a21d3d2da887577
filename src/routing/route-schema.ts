import * as z from 'zod';
import { promptCacheModes, type Route, type RouteDefinition, stickyModes } from '../domain/route.ts';
import { routeParamsSchema } from './route-params-schema.ts';

const maxTargets = 20;
const maxTier = 20;
const maxWeight = 1000;
const maxAttempts = 10;
const minDeadlineMs = 1_000;
const minFirstByteTimeoutMs = 100;
const maxTimeoutMs = 600_000;
const maxCacheTtlSeconds = 86_400;

const namePattern = /^[a-z0-9][a-z0-9._-]{0,62}$/;
const nameMessage =
  'must be 1 to 63 characters of a–z, 0–9, ".", "_" and "-", of which the first is a letter or a digit';

/** Parses the name of a route. */
export const routeNameSchema = z.string(nameMessage).regex(namePattern, nameMessage);

/** Returns whether a text has the form of a route's name. A text that has not is never looked up. */
export function isRouteName(text: string): boolean {
  return namePattern.test(text);
}

const targetSchema = z.strictObject({
  provider: z.string('must be the id of a provider').min(1).max(64),
  model: z
    .string('must be the name of a model')
    .regex(/^[\x21-\x7e]([\x20-\x7e]{0,254}[\x21-\x7e])?$/, 'must be 1 to 256 printable ASCII characters'),
  tier: wholeNumber(1, maxTier, 1),
  weight: wholeNumber(1, maxWeight, 1),
  params: orAbsent(routeParamsSchema),
  firstByteTimeoutMs: orAbsent(
    z
      .int(rangeMessage(minFirstByteTimeoutMs, maxTimeoutMs))
      .min(minFirstByteTimeoutMs, rangeMessage(minFirstByteTimeoutMs, maxTimeoutMs))
      .max(maxTimeoutMs, rangeMessage(minFirstByteTimeoutMs, maxTimeoutMs)),
  ),
});

const targetsMessage = `must be a list of 1 to ${maxTargets} targets`;
/** Measured before any of its entries is looked at. */
const targetsSchema = z
  .custom<z.input<typeof targetSchema>[]>(
    (value) => Array.isArray(value) && value.length >= 1 && value.length <= maxTargets,
    targetsMessage,
  )
  .pipe(z.array(targetSchema));

/** The JSON form of a route without its name: with the defaults, and strict. */
export const routeDefinitionShape = {
  targets: targetsSchema,
  retry: withDefault(
    {},
    z.strictObject({
      attempts: wholeNumber(1, maxAttempts, 3),
      deadlineMs: wholeNumber(minDeadlineMs, maxTimeoutMs, 60_000),
    }),
  ),
  sticky: withDefault('none', z.enum(stickyModes, `must be one of ${stickyModes.join(', ')}`)),
  promptCache: withDefault('off', z.enum(promptCacheModes, `must be one of ${promptCacheModes.join(', ')}`)),
  cache: withDefault({}, z.strictObject({ ttlSeconds: wholeNumber(0, maxCacheTtlSeconds, 0) })),
};

/** A route as operators write it. `tenantId` left out and null are told apart by the place where it is written. */
export const routeSchema = z.strictObject({
  name: routeNameSchema,
  tenantId: z.string('must be the id of a tenant, or null for a global route').nullish(),
  ...routeDefinitionShape,
});

/** A route as it was written, with the defaults. */
export type RouteInput = RouteDefinition & Pick<Route, 'name'> & { readonly tenantId?: string | null | undefined };

function withDefault<T extends z.ZodType>(value: unknown, schema: T) {
  return z.preprocess((input) => input ?? value, schema);
}

function orAbsent<T extends z.ZodType>(schema: T) {
  return z.preprocess((input) => input ?? undefined, schema.optional());
}

function rangeMessage(min: number, max: number): string {
  return `must be a whole number from ${min} to ${max}`;
}

function wholeNumber(min: number, max: number, byDefault: number) {
  const message = rangeMessage(min, max);
  return withDefault(byDefault, z.int(message).min(min, message).max(max, message));
}
