#!/bin/sh
curl -X POST "${BASE_URL:-http://localhost:8080}/graphql" \
  -H "X-API-Key: ${API_KEY:-dev-api-key-12345}" \
  -H "Content-Type: application/json" \
  -d '{"query": "mutation { createJob(input: { type: TEXT, input: \"Hello AI!\" }) { id status } }"}'
