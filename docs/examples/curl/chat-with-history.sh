#!/bin/sh
curl -X POST "${BASE_URL:-http://localhost:8080}/api/chat/completions" \
  -H "X-API-Key: ${API_KEY:-dev-api-key-12345}" \
  -H "Content-Type: application/json" \
  -d '{
    "messages": [
      {"role": "system", "content": "You are a helpful assistant. Answer in the language of the user."},
      {"role": "user", "content": "Привет!"},
      {"role": "assistant", "content": "Привет! Чем могу помочь?"},
      {"role": "user", "content": "Напиши функцию сортировки на Python"}
    ],
    "provider": "stub"
  }'
