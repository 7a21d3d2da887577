import json
import os

import requests

# SSE Streaming
import sseclient

response = requests.post(
    os.environ.get('BASE_URL', 'http://localhost:8080') + '/stream',
    headers={'X-API-Key': os.environ.get('API_KEY', 'dev-api-key-12345'), 'Content-Type': 'application/json'},
    json={'prompt': 'Hello!'},
    stream=True
)

client = sseclient.SSEClient(response)
for event in client.events():
    data = json.loads(event.data)
    if data.get('type') == 'chunk':
        print(data['content'], end='', flush=True)
