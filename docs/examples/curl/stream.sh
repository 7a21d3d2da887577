#!/bin/sh
curl -N "${BASE_URL:-http://localhost:8080}/stream" \
  -H "X-API-Key: ${API_KEY:-dev-api-key-12345}" \
  -H "Content-Type: application/json" \
  -d '{
    "prompt": "Write a poem about programming",
    "provider": "stub"
  }'
