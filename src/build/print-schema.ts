/**
 * `npm run schema:print`: writes the GraphQL schema to src/graphql/schema.graphql. With `--check` it writes nothing,
 * and fails if that file is out of date.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type GraphQLSchema, lexicographicSortSchema, printSchema } from 'graphql';

// The schema is the Worker's, whose globals are not Node's: so are its types.
const { schema }: { schema: GraphQLSchema } = await import(new URL('../graphql/schema.ts', import.meta.url).href);

const path = fileURLToPath(new URL('../graphql/schema.graphql', import.meta.url));
const text = `${printSchema(lexicographicSortSchema(schema))}\n`;
if (!process.argv.includes('--check')) writeFileSync(path, text);
else if (readFileSync(path, 'utf8') !== text) {
  console.error('src/graphql/schema.graphql is not the schema: run npm run schema:print and commit it.');
  process.exit(1);
}
