import { StartError } from '../dev/start-error.ts';
import { didYouMean } from '../lib/suggest-name.ts';
import type { AdminCall, AdminCommand, AdminCommands } from './admin-command.ts';
import { formatOption, limitOptions, type OptionName, parseCommandLine } from './admin-options.ts';

/** A command line and the command that it names. */
export interface ParsedAdminCall extends AdminCall {
  readonly command: AdminCommand;
}

/** Parses a command line. Throws a StartError that shows the usage, or names the nearest command or option. */
export function parseAdminCall(args: readonly string[], commands: AdminCommands): ParsedAdminCall {
  const { values, positionals } = parseCommandLine(args);
  const [name, ...rest] = positionals;
  if (name === undefined) throw new StartError(formatUsage(commands));
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) {
    const hint = didYouMean(name, Object.keys(commands)) || '.';
    throw new StartError(`There is no command "${name}"${hint}\n\n${formatUsage(commands)}`);
  }
  if (rest.length !== command.arguments.length) throw new StartError(`Usage: ${formatCommand(name, command)}`);
  checkOptions(name, command, Object.keys(values) as OptionName[]);
  return { command, arguments: rest, values };
}

function checkOptions(name: string, command: AdminCommand, requested: readonly OptionName[]): void {
  const supported: readonly OptionName[] = [...command.options, 'json'];
  const unknown = requested.find((option) => !supported.includes(option));
  if (unknown === undefined) return;
  const list = supported.map((option) => `--${option}`).join(', ');
  throw new StartError(`The command "${name}" does not take --${unknown}. It takes ${list}.`);
}

function formatUsage(commands: AdminCommands): string {
  const lines = Object.entries(commands).flatMap(([name, command]) => [
    `  ${formatCommand(name, command)}`,
    `      ${command.summary}`,
  ]);
  return [
    'Usage: npm run admin -- COMMAND',
    ...lines,
    `LIMITS: ${limitOptions.map(formatOption).join(' ')}. "none" removes a limit.`,
    'TENANT is an id or a name. With --json every command prints JSON: npm run -s admin -- list-tenants --json.',
  ].join('\n');
}

function formatCommand(name: string, command: AdminCommand): string {
  const own = command.options.filter((option) => !isLimit(option)).map(formatOption);
  const limits = command.options.some(isLimit) ? ['[LIMITS]'] : [];
  return [name, ...command.arguments, ...own, ...limits].join(' ');
}

function isLimit(option: OptionName): boolean {
  return limitOptions.some((limit) => limit === option);
}
