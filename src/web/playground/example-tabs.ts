const dayMs = 86_400_000;
const hourMs = 3_600_000;

/** Returns the variables of an example: JSON, as the variables editor shows it. */
const variablesText = (variables: object) => JSON.stringify(variables, null, 2);
const timeBefore = (ms: number) => new Date(Date.now() - ms).toISOString();

/** The tabs of a first visit. Each runs as it stands. */
export const exampleTabs: readonly { readonly query: string; readonly variables?: string }[] = [
  {
    query: `# Ctrl-Enter runs it. The key is in "Headers".

query Overview {
  me {
    id
    name
    active
  }
  providers {
    id
    name
    type
    enabled
  }
  jobs(first: 5) {
    edges {
      node {
        id
        status
        type
      }
    }
    pageInfo {
      totalCount
    }
  }
}
`,
  },
  {
    query: `mutation CreateJob($input: CreateJobInput!) {
  createJob(input: $input) {
    id
    status
  }
}
`,
    variables: variablesText({ input: { type: 'TEXT', input: 'Hello', provider: 'stub' } }),
  },
  {
    query: `# The last 24 hours. Other groups: PROVIDER, DAY, HOUR, KEY, SOURCE.

query Usage($from: DateTime!, $to: DateTime!) {
  usage(from: $from, to: $to, groupBy: [MODEL]) {
    model
    requests
    errors
    tokensIn
    tokensOut
    cost
  }
}
`,
    variables: variablesText({ from: timeBefore(dayMs), to: timeBefore(0) }),
  },
  {
    query: `# Shows each job of the last hour, and those that you create while it runs.

subscription JobsUpdated($since: DateTime) {
  jobsUpdated(since: $since) {
    id
    status
    result
    tokensIn
    tokensOut
    cost
  }
}
`,
    variables: variablesText({ since: timeBefore(hourMs) }),
  },
];
