#!/bin/sh
# sh cancel-job.sh JOB_ID
curl -X POST "${BASE_URL:-http://localhost:8080}/graphql" \
  -H "X-API-Key: ${API_KEY:-dev-api-key-12345}" \
  -H "Content-Type: application/json" \
  -d "{\"query\": \"mutation { cancelJob(id: \\\"$1\\\") { id status } }\"}"
