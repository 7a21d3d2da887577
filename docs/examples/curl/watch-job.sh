#!/bin/sh
# sh watch-job.sh JOB_ID
curl -N "${BASE_URL:-http://localhost:8080}/api/jobs/$1/events" \
  -H "X-API-Key: ${API_KEY:-dev-api-key-12345}"
