import { createHash } from 'node:crypto';
import RedisMock from 'ioredis-mock';
import { type RedisBackend, type RedisCommand, RedisError, type RedisOutcome } from './redis-backend.ts';
import { createSecret } from './secret.ts';
import { upperCaseOptions } from './upper-case-options.ts';

/** Creates the in-process Redis. Its content is lost with the process. */
export function createRedisMock(): RedisBackend {
  // Mocks of one host share their content.
  const client = new RedisMock({ host: createSecret() });
  const scripts = new Map<string, string>();
  const run = (command: RedisCommand) => runCommand(client, scripts, command);
  let lastTurn: Promise<unknown> = Promise.resolve();

  // Redis runs one command at a time, and so does this backend. A transaction is one turn of several commands.
  const runInTurn = <T>(action: () => Promise<T>): Promise<T> => {
    const turn = lastTurn.then(action);
    lastTurn = turn.catch(() => {});
    return turn;
  };
  return {
    run: (command) => runInTurn(() => run(command)),
    runAtomically: (commands) =>
      runInTurn(async () => {
        const unknown = commands.find(([name]) => !isSupported(client, name));
        if (unknown !== undefined) {
          throw new RedisError('EXECABORT Transaction discarded because of previous errors.');
        }
        const outcomes: RedisOutcome[] = [];
        for (const command of commands) outcomes.push(await toOutcome(run(command)));
        return outcomes;
      }),
    close: async () => client.disconnect(),
  };
}

type Scripts = Map<string, string>;
type MockClient = InstanceType<typeof RedisMock>;

async function toOutcome(reply: Promise<unknown>): Promise<RedisOutcome> {
  try {
    return { result: await reply };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

async function runCommand(client: MockClient, scripts: Scripts, command: RedisCommand): Promise<unknown> {
  const [name, ...parameters] = upperCaseOptions(command);
  switch (name) {
    case 'EVAL':
      storeScript(scripts, parameters[0] ?? '');
      return convertLuaValue(await callMethod(client, name, insertTime(parameters)));
    case 'EVALSHA': {
      const [hash = '', ...rest] = parameters;
      const script = scripts.get(hash.toLowerCase());
      if (script === undefined) throw new RedisError('NOSCRIPT No matching script. Please use EVAL.');
      return convertLuaValue(await callMethod(client, 'EVAL', insertTime([script, ...rest])));
    }
    case 'SCRIPT':
      return runScriptCommand(scripts, parameters);
    default:
      return callMethod(client, name, parameters);
  }
}

/** Inserts the time into a script: the mock's own TIME rounds the seconds, and takes its microseconds from another clock. */
function insertTime([script = '', ...parameters]: readonly string[]): string[] {
  const nowMs = Date.now();
  const time = `{ '${Math.floor(nowMs / 1000)}', '${(nowMs % 1000) * 1000}' }`;
  return [script.replaceAll("redis.call('TIME')", time), ...parameters];
}

/** Converts a script's value as Redis does: false is nil, true is 1, a number loses its fraction. */
function convertLuaValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(convertLuaValue);
  if (typeof value === 'number') return Math.trunc(value);
  if (typeof value === 'boolean') return value ? 1 : null;
  return value ?? null;
}

/** Runs SCRIPT commands. The mock itself supports scripts by EVAL only. */
function runScriptCommand(scripts: Scripts, [action = '', ...parameters]: readonly string[]): unknown {
  switch (action.toUpperCase()) {
    case 'LOAD':
      return storeScript(scripts, parameters[0] ?? '');
    case 'EXISTS':
      return parameters.map((hash) => (scripts.has(hash.toLowerCase()) ? 1 : 0));
    case 'FLUSH':
      scripts.clear();
      return 'OK';
    default:
      throw new RedisError(`ERR unknown subcommand '${action}'. Try SCRIPT HELP.`);
  }
}

function storeScript(scripts: Scripts, script: string): string {
  const hash = createHash('sha1').update(script).digest('hex');
  scripts.set(hash, script);
  return hash;
}

function isSupported(client: MockClient, name: string): boolean {
  const lower = name.toLowerCase();
  return ['eval', 'evalsha', 'script'].includes(lower) || typeof Reflect.get(client, lower) === 'function';
}

async function callMethod(client: MockClient, name: string, parameters: readonly string[]): Promise<unknown> {
  if (!isSupported(client, name)) throw new RedisError(`ERR unknown command '${name}', with args beginning with: `);
  const method: unknown = Reflect.get(client, name.toLowerCase());
  if (typeof method !== 'function') throw new RedisError(`ERR unknown command '${name}'`);
  try {
    return await method.apply(client, parameters);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new RedisError(/^[A-Z]+ /.test(message) ? message : `ERR ${message}`);
  }
}
