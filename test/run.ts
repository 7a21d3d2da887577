/**
 * `npm test`: all tests with the defaults that a stranger's machine has, and once more against the real servers what
 * touches Postgres and Redis, where both listen. Arguments go to vitest. TEST_RESULTS_FILE names a file for the counts.
 */
import { spawnSync } from 'node:child_process';

const { TEST_RESULTS_FILE: resultsFile } = process.env;
const reporters = resultsFile ? ['--reporter=default', '--reporter=json', `--outputFile.json=${resultsFile}`] : [];
const { status } = spawnSync('vitest', ['run', ...reporters, ...process.argv.slice(2)], { stdio: 'inherit' });
process.exit(status ?? 1);
