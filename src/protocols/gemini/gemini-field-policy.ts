import type { WireProtocol } from '../../providers/descriptor.ts';
import type { FieldClass, FieldPolicy, ObjectPolicy } from '../field-policy.ts';
import { parseGeminiThoughtSignature } from './gemini-thought-signature.ts';

function at(classes: Partial<Readonly<Record<WireProtocol, FieldClass>>>, others: FieldClass): FieldPolicy {
  return ({ protocol }) => classes[protocol] ?? others;
}

/** A vendor takes its own signatures only, and gets them by the opaque values that stand for them. */
const thoughtSignature: FieldPolicy = (_target, value) =>
  value === undefined || parseGeminiThoughtSignature(value) !== undefined ? 'mapped' : 'dropped';

const blob: ObjectPolicy = { fields: { mimeType: 'mapped', data: 'mapped', displayName: 'mapped' } };
/** An image by URL. A file in Google's account can be read by Google only. */
const file: ObjectPolicy = {
  fields: {
    fileUri: at({ ollama: 'essential' }, 'mapped'),
    mimeType: at({ ollama: 'essential' }, 'mapped'),
    displayName: 'dropped',
  },
};

/** Calls and results of what Google runs, and how media are read. No other vendor has run it. */
const part: ObjectPolicy = {
  fields: {
    text: 'mapped',
    thought: 'mapped',
    thoughtSignature,
    inlineData: blob,
    fileData: file,
    functionCall: {
      fields: { id: 'mapped', name: 'mapped', args: 'mapped', partialArgs: 'dropped', willContinue: 'dropped' },
    },
    functionResponse: {
      fields: {
        id: 'mapped',
        name: 'mapped',
        response: 'mapped',
        parts: { each: { fields: { inlineData: blob, fileData: file, mediaProcessing: 'dropped' } } },
        scheduling: 'dropped',
        willContinue: 'dropped',
      },
    },
    executableCode: 'dropped',
    codeExecutionResult: 'dropped',
    toolCall: 'dropped',
    toolResponse: 'dropped',
    videoMetadata: 'dropped',
    mediaResolution: 'dropped',
    mediaProcessing: 'dropped',
    partMetadata: 'dropped',
    speechMetadata: 'dropped',
    audioTranscription: 'dropped',
  },
};

const content: ObjectPolicy = { fields: { role: 'mapped', parts: { each: part } } };

const functionDeclaration: ObjectPolicy = {
  fields: {
    name: 'mapped',
    description: 'mapped',
    parameters: 'mapped',
    parametersJsonSchema: 'mapped',
    behavior: 'dropped',
    response: 'dropped',
    responseJsonSchema: 'dropped',
  },
};

/** Tools that Google runs itself. */
const hostedTools = [
  'googleSearch',
  'googleSearchRetrieval',
  'codeExecution',
  'urlContext',
  'googleMaps',
  'fileSearch',
  'computerUse',
  'mcpServers',
  'retrieval',
  'enterpriseWebSearch',
  'parallelAiSearch',
  'exaAiSearch',
];

const tool: ObjectPolicy = {
  fields: {
    functionDeclarations: { each: functionDeclaration },
    ...Object.fromEntries(hostedTools.map((name) => [name, 'dropped' as const])),
  },
};

const toolConfig: ObjectPolicy = {
  fields: {
    functionCallingConfig: {
      fields: {
        mode: at({ ollama: 'emulated' }, 'mapped'),
        allowedFunctionNames: 'emulated',
        streamFunctionCallArguments: 'dropped',
      },
    },
    retrievalConfig: 'dropped',
    includeServerSideToolInvocations: 'dropped',
  },
};

/** Reasoning models of OpenAI's take no sampling parameters, and newer ones of Claude's few. */
const sampling = at({ openai: 'clamped', anthropic: 'clamped' }, 'mapped');
const notAtAnthropic = at({ anthropic: 'dropped' }, 'mapped');
const schema = at({ anthropic: 'emulated' }, 'mapped');

const generationConfig: ObjectPolicy = {
  fields: {
    maxOutputTokens: at({ openai: 'clamped', anthropic: 'clamped' }, 'mapped'),
    temperature: sampling,
    topP: sampling,
    topK: ({ protocol, hasTopK }) => {
      if (protocol === 'anthropic') return 'clamped';
      return protocol === 'ollama' || hasTopK ? 'mapped' : 'dropped';
    },
    stopSequences: sampling,
    seed: notAtAnthropic,
    presencePenalty: notAtAnthropic,
    frequencyPenalty: notAtAnthropic,
    responseMimeType: schema,
    responseSchema: schema,
    responseJsonSchema: schema,
    thinkingConfig: {
      fields: { thinkingBudget: 'emulated', thinkingLevel: 'clamped', includeThoughts: 'mapped' },
    },
    candidateCount: 'essential',
    responseLogprobs: 'essential',
    responseModalities: 'essential',
    logprobs: 'dropped',
    speechConfig: 'dropped',
    imageConfig: 'dropped',
    mediaResolution: 'dropped',
    audioTimestamp: 'dropped',
    audioTranscriptionConfig: 'dropped',
    translationConfig: 'dropped',
    enableAffectiveDialog: 'dropped',
    enableEnhancedCivicAnswers: 'dropped',
    routingConfig: 'dropped',
    modelSelectionConfig: 'dropped',
    responseFormat: 'essential',
  },
};

/**
 * What the translation of a request does with each field of `GenerateContentRequest`, whose names are also written in snake_case.
 * Fields that no list names are dropped.
 */
export const geminiPolicy: ObjectPolicy = {
  fields: {
    model: 'mapped',
    contents: { each: content },
    systemInstruction: content,
    tools: { each: tool },
    toolConfig,
    generationConfig,
    cachedContent: 'essential',
    safetySettings: 'dropped',
    labels: 'dropped',
    serviceTier: 'dropped',
    store: 'dropped',
    continuationToken: 'dropped',
  },
};

/** The same for a text whose embedding is requested. */
export const geminiEmbedPolicy: ObjectPolicy = {
  fields: {
    model: 'mapped',
    content,
    outputDimensionality: 'mapped',
    taskType: 'dropped',
    title: 'dropped',
    embedContentConfig: {
      fields: {
        outputDimensionality: 'mapped',
        taskType: 'dropped',
        title: 'dropped',
        autoTruncate: 'dropped',
        documentOcr: 'dropped',
        audioTrackExtraction: 'dropped',
      },
    },
  },
};

export const geminiBatchEmbedPolicy: ObjectPolicy = { fields: { requests: { each: geminiEmbedPolicy } } };
