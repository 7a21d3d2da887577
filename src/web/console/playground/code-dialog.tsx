import { Tabs } from '@base-ui/react/tabs';
import { useState } from 'react';
import { CopyButton } from '../ui/copy-button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { SelectField } from '../ui/field.tsx';
import { CappedText } from './capped-text.tsx';
import type { ChatBody } from './chat-api-types.ts';
import { writeAiSdk } from './write-ai-sdk-code.ts';
import { writeAnthropicTypeScript } from './write-anthropic-code.ts';
import { writeCurl, writeOpenAiPython, writeOpenAiTypeScript } from './write-openai-code.ts';

const languages = [
  { id: 'curl', title: 'curl', write: writeCurl },
  { id: 'openai-ts', title: 'OpenAI, TypeScript', write: writeOpenAiTypeScript },
  { id: 'openai-py', title: 'OpenAI, Python', write: writeOpenAiPython },
  { id: 'anthropic', title: 'Anthropic', write: writeAnthropicTypeScript },
  { id: 'ai-sdk', title: 'AI SDK', write: writeAiSdk },
];

interface CodeDialogProps {
  /** The last request of each column, or the one that would be sent. */
  readonly requests: readonly { readonly id: string; readonly body: ChatBody }[];
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** Code that does what the visitor has just done. */
export function CodeDialog({ requests, isOpen, onClose }: CodeDialogProps) {
  const [chosenId, setChosenId] = useState('');
  const request = requests.find(({ id }) => id === chosenId) ?? requests[0];
  return (
    <Dialog title="Code" isOpen={isOpen} onClose={onClose}>
      {requests.length > 1 && (
        <SelectField label="Model" value={request?.id ?? ''} onChange={setChosenId}>
          {requests.map(({ id, body }) => (
            <option key={id} value={id}>
              {body.model}
            </option>
          ))}
        </SelectField>
      )}
      <p className="hint muted">
        Set the environment variable <code>GATEWAY_API_KEY</code> to your API key.
      </p>
      {request && <CodeTabs body={request.body} />}
    </Dialog>
  );
}

function CodeTabs({ body }: { readonly body: ChatBody }) {
  return (
    <Tabs.Root defaultValue="curl" className="stack">
      <Tabs.List className="actions code-tabs" aria-label="Languages">
        {languages.map(({ id, title }) => (
          <Tabs.Tab key={id} value={id} className="button plain small">
            {title}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {languages.map(({ id, write }) => (
        <Tabs.Panel key={id} value={id} className="stack">
          <Code code={write(location.origin, body)} />
        </Tabs.Panel>
      ))}
    </Tabs.Root>
  );
}

function Code({ code }: { readonly code: string }) {
  return (
    <>
      <CappedText text={code} />
      <div className="actions">
        <CopyButton text={code} label="Copy code" />
      </div>
    </>
  );
}
