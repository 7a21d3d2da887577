import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** One of the client programs under docs/examples, with its call. */
export interface ExampleProgram {
  /** Below docs/examples. */
  readonly file: string;
  readonly language: 'curl' | 'javascript' | 'python' | 'go';
  /** The program that runs the file. Absent if this machine lacks a dependency of the example. */
  readonly runner: readonly string[] | undefined;
  readonly route: 'chat' | 'stream';
  /** Whether it names `stub` as its provider. */
  readonly namesProvider: boolean;
  /** The fields of its call except provider and model. */
  readonly call: object;
}

const python = findRunner('python', 'python3-requests', [
  ['python3', '-c', 'import requests'],
  ['/usr/bin/python3', '-c', 'import requests'],
]);
const go = findRunner('go', 'golang-go', [['go', 'version']]);

const greeting = { prompt: 'Hello! How are you?' };
const history = {
  messages: [
    { role: 'system', content: 'You are a helpful assistant. Answer in the language of the user.' },
    { role: 'user', content: 'Привет!' },
    { role: 'assistant', content: 'Привет! Чем могу помочь?' },
    { role: 'user', content: 'Напиши функцию сортировки на Python' },
  ],
};

export const examplePrograms: readonly ExampleProgram[] = [
  curl('curl/chat.sh', 'chat', { prompt: 'What is a REST API?' }),
  curl('curl/chat-with-history.sh', 'chat', history),
  curl('curl/stream.sh', 'stream', { prompt: 'Write a poem about programming' }),
  program('javascript/chat.ts', 'javascript', [process.execPath], 'chat'),
  program('javascript/stream.ts', 'javascript', [process.execPath], 'stream'),
  program('python/chat.py', 'python', only(python), 'chat'),
  program('python/stream.py', 'python', only(python), 'stream'),
  program('go/chat/main.go', 'go', only(go, 'run'), 'chat'),
];

export const examplesFolder: string = fileURLToPath(new URL('../../docs/examples/', import.meta.url));

function curl(file: string, route: ExampleProgram['route'], call: object): ExampleProgram {
  return { file, language: 'curl', runner: ['sh'], route, namesProvider: true, call };
}

function program(
  file: string,
  language: ExampleProgram['language'],
  runner: readonly string[] | undefined,
  route: ExampleProgram['route'],
): ExampleProgram {
  const call = route === 'chat' ? greeting : { prompt: 'Hello!' };
  return { file, language, runner, route, namesProvider: route === 'chat', call };
}

function only(name: string | undefined, ...args: readonly string[]): readonly string[] | undefined {
  return name === undefined ? undefined : [name, ...args];
}

/** Finds the first available program. Prints the name of the missing package if there is none. */
function findRunner(language: string, debianPackage: string, trials: readonly string[][]): string | undefined {
  for (const [name = '', ...args] of trials) {
    try {
      execFileSync(name, args, { stdio: 'ignore' });
      return name;
    } catch {
      // The next one may be there.
    }
  }
  console.warn(`SKIPPED: the ${language} examples, which need Debian's ${debianPackage}.`);
  return undefined;
}
