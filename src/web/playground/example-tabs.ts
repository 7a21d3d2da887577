/** The tabs of a first visit. The first one runs as it is. */
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
    variables: JSON.stringify({ input: { type: 'TEXT', input: 'Hello', provider: 'stub' } }, null, 2),
  },
  {
    query: `# Put the id of a job into "Variables".
# Each of its changes is shown as it comes.

subscription JobUpdated($id: ID!) {
  jobUpdated(id: $id) {
    id
    status
    result
    tokensIn
    tokensOut
    cost
  }
}
`,
    variables: JSON.stringify({ id: 'job_' }, null, 2),
  },
];
