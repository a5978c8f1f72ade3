export interface Snippet {
  id: string
  title: string
  code: string
}

export type SnippetMode = 'stored' | 'pass-through'

const QUOTES = { js: "'", python: '"' } as const

/** The headers as the entries of an object literal in the language. */
const namedIn = (language: keyof typeof QUOTES, headers: readonly [string, string][]): string => {
  const quoted = (text: string): string => QUOTES[language] + text + QUOTES[language]
  return headers.map(([name, value]) => `${quoted(name)}: ${quoted(value)}`).join(', ')
}

/** Code that runs unchanged: it contains this deployment's URL and the account's token. */
export function snippets(origin: string, token: string, mode: SnippetMode): Snippet[] {
  const base = `${origin}/api/proxy/grok`
  const isStored = mode === 'stored'
  const headers: [string, string][] = isStored ? [] : [['x-metrion-token', token]]
  headers.push(['x-metrion-user', 'ada'])
  const node = isStored ? `'${token}'` : 'process.env.XAI_API_KEY'
  const python = isStored ? `"${token}"` : 'os.environ["XAI_API_KEY"]'
  const shell = isStored ? `Authorization: Bearer ${token}` : 'Authorization: Bearer $XAI_API_KEY'
  const inTypeScript = (call: string): string => `import OpenAI from 'openai'

const client = new OpenAI({
  baseURL: '${base}',
  apiKey: ${node},
  defaultHeaders: { ${namedIn('js', headers)} },
})

${call}`
  const inPython = (call: string): string =>
    `${isStored ? '' : 'import os\n'}from openai import OpenAI

client = OpenAI(
    base_url="${base}",
    api_key=${python},
    default_headers={${namedIn('python', headers)}},
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
  -H "${shell}" \\
${headers.map(([name, value]) => `  -H "${name}: ${value}" \\\n`).join('')}  -H "Content-Type: application/json" \\
  -d '{"model": "grok-4.3", "messages": [{"role": "user", "content": "Hello!"}]}'
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
