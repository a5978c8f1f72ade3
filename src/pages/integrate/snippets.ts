export interface Snippet {
  id: string
  title: string
  code: string
}

export type SnippetMode = 'stored' | 'pass-through'

const QUOTES = { js: "'", python: '"' } as const

const quoted = (language: keyof typeof QUOTES, text: string): string =>
  QUOTES[language] + text + QUOTES[language]

/** An expression for an environment variable in each language. */
const READ = {
  js: (name: string) => `process.env.${name}`,
  python: (name: string) => `os.environ["${name}"]`,
  shell: (name: string) => `$${name}`,
} as const

const TOKEN = 'METRION_TOKEN'
const KEY = 'XAI_API_KEY'

/** Code that runs unchanged: it has this deployment's URL, and takes secrets from the environment. */
export function snippets(origin: string, mode: SnippetMode): Snippet[] {
  const base = `${origin}/api/proxy/grok`
  const isStored = mode === 'stored'
  const secret = isStored ? TOKEN : KEY
  const entries = (language: 'js' | 'python'): string =>
    [
      ...(isStored ? [] : [`${quoted(language, 'x-metrion-token')}: ${READ[language](TOKEN)}`]),
      `${quoted(language, 'x-metrion-user')}: ${quoted(language, 'ada')}`,
    ].join(', ')
  const headers = [
    `Authorization: Bearer ${READ.shell(secret)}`,
    ...(isStored ? [] : [`x-metrion-token: ${READ.shell(TOKEN)}`]),
    'x-metrion-user: ada',
    'Content-Type: application/json',
  ]
  const inTypeScript = (call: string): string => `import OpenAI from 'openai'

const client = new OpenAI({
  baseURL: '${base}',
  apiKey: ${READ.js(secret)},
  defaultHeaders: { ${entries('js')} },
})

${call}`
  const inPython = (call: string): string =>
    `import os
from openai import OpenAI

client = OpenAI(
    base_url="${base}",
    api_key=${READ.python(secret)},
    default_headers={${entries('python')}},
)

${call}`
  return [
    { id: `${mode}-typescript`, title: 'TypeScript', code: inTypeScript(TYPESCRIPT) },
    { id: `${mode}-python`, title: 'Python', code: inPython(PYTHON) },
    {
      id: `${mode}-typescript-stream`,
      title: 'TypeScript, streaming',
      code: inTypeScript(TYPESCRIPT_STREAM),
    },
    { id: `${mode}-python-stream`, title: 'Python, streaming', code: inPython(PYTHON_STREAM) },
    {
      id: `${mode}-curl`,
      title: 'curl',
      code: `curl ${base}/v1/chat/completions \\
${headers.map((header) => `  -H "${header}" \\\n`).join('')}  -d '{"model": "grok-4.3", "messages": [{"role": "user", "content": "Hello!"}]}'
`,
    },
  ]
}

const TYPESCRIPT = `const answer = await client.chat.completions.create({
  model: 'grok-4.3',
  messages: [{ role: 'user', content: 'Hello!' }],
})
console.log(answer.choices[0].message.content)
`
const TYPESCRIPT_STREAM = `const stream = await client.chat.completions.create({
  model: 'grok-4.3',
  messages: [{ role: 'user', content: 'Hello!' }],
  stream: true,
  stream_options: { include_usage: true },
})
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta.content ?? '')
`
const PYTHON = `answer = client.chat.completions.create(
    model="grok-4.3",
    messages=[{"role": "user", "content": "Hello!"}],
)
print(answer.choices[0].message.content)
`
const PYTHON_STREAM = `stream = client.chat.completions.create(
    model="grok-4.3",
    messages=[{"role": "user", "content": "Hello!"}],
    stream=True,
    stream_options={"include_usage": True},
)
for chunk in stream:
    print(chunk.choices[0].delta.content or "" if chunk.choices else "", end="", flush=True)
`
