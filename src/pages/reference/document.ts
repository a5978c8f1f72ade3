import * as z from 'zod'
import { errorAnswer } from '../../http/fields.ts'
import { HOST_COOKIE } from '../../credentials/sessions/session.ts'
import { NAMED, OPERATIONS, type Operation } from './operations.ts'

/** JSON Schema as zod writes it: draft 2020-12, which OpenAPI 3.1 uses unchanged. */
export type Schema = z.core.JSONSchema.BaseSchema

export interface Parameter {
  name: string
  in: 'query' | 'path'
  required: boolean
  description?: string
  schema: Schema
}

const shapes = z.registry<{ id: string }>()
for (const [id, schema] of Object.entries({ ...NAMED, Error: errorAnswer }))
  shapes.add(schema, { id })

const uriOf = (id: string): string => `#/components/schemas/${id}`

/** Drops the pattern where there is a format: it is long and says nothing more to readers. */
const dropPattern = ({ jsonSchema }: { jsonSchema: Schema }): void => {
  if (jsonSchema.format !== undefined) delete jsonSchema.pattern
}

/** The named schemas, by name. */
export function componentSchemas(): Record<string, Schema> {
  const { schemas } = z.toJSONSchema(shapes, { uri: uriOf, override: dropPattern })
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $schema: _s, $id: _i, ...schema }]) => [id, schema]),
  )
}

/** The parameters of an operation, from its path and the schema that validates its query. */
export function parametersOf({ path, query }: Operation): Parameter[] {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']): Parameter => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  if (query === null) return inPath
  const { properties = {}, required = [] } = z.toJSONSchema(query, {
    io: 'input',
    override: dropPattern,
  })
  return [
    ...inPath,
    ...Object.entries(properties).map(([name, property]): Parameter => {
      const { description, ...schema } = property as Schema
      return {
        name,
        in: 'query',
        required: required.includes(name),
        ...(description === undefined ? {} : { description }),
        schema,
      }
    }),
  ]
}

function contentOf({ answer }: Operation): object {
  if ('file' in answer) return { [answer.file]: { schema: { type: 'string' } } }
  const id = shapes.get(answer.schema)?.id
  if (id === undefined) throw new Error('an answer without a name: add it to NAMED')
  return { 'application/json': { schema: { $ref: uriOf(id) } } }
}

const REFUSALS = {
  400: 'A parameter is invalid or unknown; the error names it',
  401: 'No valid API token and no session',
  403: 'The API token lacks the scope',
  404: 'Request not found',
} as const

function refusalsOf({ path, query }: Operation): object {
  const statuses = [
    ...(query === null ? [] : ['400']),
    '401',
    '403',
    ...(path.includes('{') ? ['404'] : []),
  ]
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: REFUSALS[Number(status) as keyof typeof REFUSALS],
        content: { 'application/json': { schema: { $ref: uriOf('Error') } } },
      },
    ]),
  )
}

/** The OpenAPI 3.1 document of a deployment, generated from the schemas that its routes validate with. */
export function openApiDocument(origin: string): object {
  const paths = OPERATIONS.map((operation) => {
    const { path, id, summary, description, scope, answer } = operation
    const isFile = 'file' in answer
    return [
      path,
      {
        get: {
          operationId: id,
          summary,
          description: `${description} Scope: ${scope}.`,
          parameters: parametersOf(operation),
          responses: {
            200: {
              description: isFile ? answer.description : summary,
              content: contentOf(operation),
            },
            ...refusalsOf(operation),
          },
        },
      },
    ] as const
  })
  return {
    openapi: '3.1.0',
    info: {
      title: 'Metrion',
      version: '1',
      description:
        'Requests to Grok, their costs and usage, by requester, model and token. Times are in ISO 8601. Amounts are in ticks (1 USD = 10,000,000,000 ticks) and as a decimal string of USD.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: `${origin}/api/v1` }],
    security: [{ apiToken: [] }, { session: [] }],
    paths: Object.fromEntries(paths),
    components: {
      schemas: componentSchemas(),
      securitySchemes: {
        apiToken: {
          type: 'http',
          scheme: 'bearer',
          description: 'mk-metrion-…, created on the Settings page',
        },
        session: { type: 'apiKey', in: 'cookie', name: HOST_COOKIE },
      },
    },
  }
}
