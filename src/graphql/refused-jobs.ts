import { defaultFieldResolver, type GraphQLSchema } from 'graphql';
import { toGatewayError } from '../domain/errors.ts';
import { type Attribution, readAttribution } from '../gateway/attribution.ts';
import { LoggedRequest, type RefusedJob } from '../request-log/logged-request.ts';
import type { GraphQlContext } from './context.ts';

/** The part of a job's input that the request log has. Null is the same as absent. */
interface LoggedInput {
  readonly provider?: string | null;
  readonly model?: string | null;
  readonly models?: readonly string[] | null;
  readonly endUser?: string | null;
  readonly sessionId?: string | null;
  readonly tags?: string | null;
}

interface JobArguments {
  readonly input?: LoggedInput;
  readonly inputs?: readonly LoggedInput[];
}

/** Marks a mutation that creates jobs. The result goes into the `extensions` of the field. */
export const createsJobs = { createsJobs: true };

/** Logs what the mutations that create jobs refuse, as REST does. Their errors are inside a response whose status is 200. */
export function logRefusedJobs(schema: GraphQLSchema): GraphQLSchema {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    if (field.extensions.createsJobs !== true) continue;
    const { resolve = defaultFieldResolver } = field;
    field.resolve = async (parent, args: JobArguments, context: GraphQlContext, info) => {
      try {
        return await resolve(parent, args, context, info);
      } catch (error) {
        context.requestInfo.onRefusedJob({ error: toGatewayError(error), log: createLog(context, args) });
        throw error;
      }
    };
  }
  return schema;
}

/** Several jobs are refused together: they are logged as one, with what all of them have. */
function createLog({ principal }: GraphQlContext, { input, inputs = [] }: JobArguments): RefusedJob['log'] {
  const all = input ? [input] : inputs;
  const provider = findCommon(all.map((one) => one.provider));
  const model = findCommon(all.map((one) => one.models?.[0] ?? one.model));
  const sources = {
    user: findCommon(all.map(({ endUser }) => endUser)),
    session: findCommon(all.map(({ sessionId }) => sessionId)),
    tags: findCommon(all.map(({ tags }) => tags)),
  };
  const requested = { source: 'job' as const, provider, model };
  return new LoggedRequest({ path: '/graphql', ...tryReadAttribution(principal, sources), requested });
}

/** The refusal may be for what the attribution says. */
function tryReadAttribution(...args: Parameters<typeof readAttribution>): Attribution {
  try {
    return readAttribution(...args);
  } catch {
    return {};
  }
}

function findCommon(values: readonly (string | null | undefined)[]): string | undefined {
  const [first] = values;
  return values.every((value) => value === first) ? (first ?? undefined) : undefined;
}
