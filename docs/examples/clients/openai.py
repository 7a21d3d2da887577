import os

from openai import OpenAI

client = OpenAI(
    base_url=os.environ.get('BASE_URL', 'http://localhost:8080') + '/v1',
    api_key=os.environ.get('API_KEY', 'dev-api-key-12345'),
)
reply = client.chat.completions.create(
    model='stub',  # or 'gpt-4o-mini', 'claude/claude-haiku-4-5', 'ollama/llama3.2'
    messages=[{'role': 'user', 'content': 'Hello!'}],
)
print(reply.choices[0].message.content)
