import os
import sys

import requests

# Chat Completions
response = requests.post(
    os.environ.get('BASE_URL', 'http://localhost:8080') + '/api/chat/completions',
    headers={
        'X-API-Key': os.environ.get('API_KEY', 'dev-api-key-12345'),
        'Content-Type': 'application/json',
    },
    json={
        'prompt': 'Hello! How are you?',
        'provider': 'stub',  # or 'openai', with 'model': 'gpt-4o-mini'
    }
)

data = response.json()
if not response.ok:
    sys.exit(data['error']['message'])
print(data['content'])
