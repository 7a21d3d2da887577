/** Fails where two modules under src have the same base name: an editor's file search and an import then show which is meant. */
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';

/** Named for their place: the one of each folder, a table and its queries, a GraphQL type and what it shows. */
const isExempt = (path: string) => /^src\/(?:db|graphql)\/|\/(?:index|openapi)\.ts$/.test(path);

const modules = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map((path) => `src/${path}`)
  .filter((path) => /\.tsx?$/.test(path) && !isExempt(path))
  .sort();
const byName = Object.groupBy(modules, (path) => basename(path).replace(/\.tsx?$/, ''));
const repeated = Object.entries(byName).flatMap(([name, paths = []]) =>
  paths.length > 1 ? [`  ${name}: ${paths.join(', ')}`] : [],
);
if (repeated.length > 0) {
  console.error(`Base names that occur more than once: rename all but one.\n${repeated.join('\n')}`);
  process.exitCode = 1;
}
