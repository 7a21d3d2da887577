#!/bin/sh
curl -X POST "${BASE_URL:-http://localhost:8080}/api/chat/completions" \
  -H "X-API-Key: ${API_KEY:-dev-api-key-12345}" \
  -H "Content-Type: application/json" \
  -d '{
    "prompt": "Объясни что такое REST API",
    "provider": "openai",
    "model": "gpt-4o-mini"
  }'
