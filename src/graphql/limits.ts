import { complexityFromQuery } from '@pothos/plugin-complexity';
import {
  type DocumentNode,
  type ExecutionArgs,
  GraphQLError,
  getOperationAST,
  getVariableValues,
  Kind,
  NoSchemaIntrospectionCustomRule,
  parse,
  validate,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { GraphQlContext } from './context.ts';
import { measureDocument } from './document-limits.ts';

/** A document that exceeds one of these is rejected before a resolver runs. GraphiQL's introspection query fits. */
const limits = {
  /** Characters. Comments and long texts take time to read, and are no tokens. */
  length: 262_144,
  tokens: 2_000,
  depth: 10,
  fields: 500,
  rootFields: 20,
  aliases: 30,
  directives: 30,
  /** Roughly the number of values in the response. Fields that write or add up cost more (each says how much). */
  cost: 20_000,
  /** Objects, lists and values in the variables: room for a job of 10,000 messages. */
  variableValues: 40_000,
  validationErrors: 10,
} as const;

const maxNameLength = 1_000;

interface LimitOptions {
  /** Whether clients may query the schema, and errors may suggest names from it. */
  readonly introspection: boolean;
}

/** Checks each document against the limits: its text, then its shape, then the rules of GraphQL, then its cost. */
export function limitDocuments({ introspection }: LimitOptions): Plugin<{ principal: GraphQlContext['principal'] }> {
  const hideSuggestions = !introspection;
  const prepareExecution = (args: ExecutionArgs) => {
    // To look for a name that is near to a long text takes long, and there is none.
    Object.assign(args, { hideSuggestions: hideSuggestions || hasLongText(args.variableValues) });
    checkCost(args);
  };
  return {
    onParams({ params }) {
      if (typeof params.query === 'string' && params.query.length > limits.length) {
        throw documentLimitError(
          `The document is longer than ${limits.length} characters: send long values as variables.`,
        );
      }
      if (countValues(params.variables, limits.variableValues) > limits.variableValues) {
        throw documentLimitError(`The variables hold more than ${limits.variableValues} values.`);
      }
    },
    onParse({ setParseFn, context }) {
      setParseFn((source, options) => parse(source, { ...options, maxTokens: limits.tokens }));
      return ({ result }) => {
        if (!isDocument(result)) return;
        const { rootFields } = checkSize(result);
        if (!context.principal.tenantActive) checkSuspended(rootFields);
      };
    },
    onValidate({ addValidationRule, setValidationFn }) {
      if (!introspection) addValidationRule(NoSchemaIntrospectionCustomRule);
      setValidationFn((schema, document, rules, options) =>
        validate(schema, document, rules, { ...options, hideSuggestions, maxErrors: limits.validationErrors }),
      );
    },
    onExecute: ({ args }) => prepareExecution(args),
    onSubscribe: ({ args }) => prepareExecution(args),
  };
}

function checkSize(document: DocumentNode) {
  const size = measureDocument(document);
  if (size.circular) throw documentLimitError('The document has a fragment that leads to itself.');
  for (const name of ['depth', 'fields', 'aliases', 'directives'] as const) {
    if (size[name] > limits[name])
      throw documentLimitError(`The document has more than ${limits[name]} ${limitLabels[name]}.`);
  }
  if (size.rootFields.length > limits.rootFields) {
    throw documentLimitError(`The document has more than ${limits.rootFields} fields at its top.`);
  }
  return size;
}

const limitLabels = {
  depth: 'levels of fields',
  fields: 'fields, counting each fragment wherever it is used',
  aliases: 'aliases',
  directives: 'directives',
} as const;

function checkSuspended(rootFields: readonly string[]): void {
  if (rootFields.every((name) => name === 'me' || name === '__typename')) return;
  throw new GraphQLError('The tenant of this API key is suspended: it can only ask for me.', {
    extensions: { code: 'forbidden', http: { status: 403 } },
  });
}

function checkCost({ document, operationName, schema, variableValues }: ExecutionArgs): void {
  const operation = getOperationAST(document, operationName);
  if (!operation) return;
  const variables = variableValues ?? {};
  // Execution rejects invalid variables. The cost plugin would make an error for each wrong value: seconds for 100,000 of them.
  const options = { maxErrors: 1, hideSuggestions: true };
  if (getVariableValues(schema, operation.variableDefinitions ?? [], variables, options).errors) return;
  const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION);
  const operationDocument: DocumentNode = { kind: Kind.DOCUMENT, definitions: [operation, ...fragments] };
  const cost = computeCost(operationDocument, schema, variables);
  if (cost <= limits.cost) return;
  throw documentLimitError(
    `The document costs ${cost}, and at most ${limits.cost} are allowed: ask for fewer items or fields.`,
  );
}

/** Computes the cost of a document. Returns 0 for invalid arguments: execution rejects them with an error of its own. */
function computeCost(
  document: DocumentNode,
  schema: ExecutionArgs['schema'],
  variables: Record<string, unknown>,
): number {
  try {
    return complexityFromQuery(document, { schema, variables }).complexity;
  } catch (error) {
    if (error instanceof GraphQLError) return 0;
    throw error;
  }
}

/** Counts the values in a value, up to one more than `maxCount`. */
function countValues(value: unknown, maxCount: number): number {
  const pending = [value];
  let count = 0;
  while (pending.length > 0 && count <= maxCount) {
    const next = pending.pop();
    count += 1;
    if (typeof next !== 'object' || next === null) continue;
    const inner = Array.isArray(next) ? next : Object.values(next);
    if (inner.length > maxCount) return inner.length;
    for (const item of inner) pending.push(item);
  }
  return count;
}

/** Returns whether a text or a name in a value is too long for a name of the schema. */
function hasLongText(value: unknown): boolean {
  if (typeof value === 'string') return value.length > maxNameLength;
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, inner]) => name.length > maxNameLength || hasLongText(inner));
}

function isDocument(result: unknown): result is DocumentNode {
  return typeof result === 'object' && result !== null && 'definitions' in result;
}

function documentLimitError(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'invalid_request', http: { status: 400 } } });
}
