import * as z from 'zod'
import { errorAnswer } from '../../http/fields.ts'
import { HOST_COOKIE } from '../../credentials/sessions/session.ts'
import type { MemberOperation } from './member-operation.ts'
import { MEMBER_OPERATIONS, MEMBER_SHAPES } from './member-operations.ts'
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
for (const [id, schema] of Object.entries({ ...NAMED, ...MEMBER_SHAPES, Error: errorAnswer }))
  shapes.add(schema, { id })

const uriOf = (id: string): string => `#/components/schemas/${id}`

/** Drops the pattern where there is a format: it is long and says nothing more to readers. */
const dropPattern = ({ jsonSchema }: { jsonSchema: Schema }): void => {
  if (jsonSchema.format !== undefined) delete jsonSchema.pattern
}

/** The named schemas, by name. */
export function componentSchemas(): Record<string, Schema> {
  const { schemas } = z.toJSONSchema(shapes, { uri: uriOf, override: dropPattern, io: 'input' })
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $schema: _s, $id: _i, ...schema }]) => [id, schema]),
  )
}

/** The parameters of an operation, from its path and the schema that validates its query. */
export function parametersOf({ path, query }: Operation): Parameter[] {
  const inPath = pathParametersOf(path)
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

const pathParametersOf = (path: string): Parameter[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))

function contentOf({ answer }: Operation): object {
  if ('file' in answer) return { [answer.file]: { schema: { type: 'string' } } }
  return jsonOf(answer.schema)
}

/** JSON of a named shape. */
function jsonOf(schema: z.ZodType): object {
  const id = shapes.get(schema)?.id
  if (id === undefined) throw new Error('a shape without a name: add it to NAMED')
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

const ERROR = { 'application/json': { schema: { $ref: uriOf('Error') } } }

function memberOperation(operation: MemberOperation): object {
  const { path, id, summary, description, body, answer, status } = operation
  const refusals = {
    ...(body && { 400: { description: REFUSALS[400], content: ERROR } }),
    401: { description: 'No session', content: ERROR },
    ...(path.includes('{') && { 404: { description: 'No such token', content: ERROR } }),
  }
  return {
    operationId: id,
    summary,
    description: `${description} For signed-in members.`,
    security: [{ session: [] }],
    parameters: pathParametersOf(path),
    ...(body && { requestBody: { required: true, content: jsonOf(body) } }),
    responses: {
      [status]: { description: summary, ...(answer && { content: jsonOf(answer) }) },
      ...refusals,
    },
  }
}

function readOperation(operation: Operation): object {
  const { id, summary, description, scope, answer } = operation
  return {
    operationId: id,
    summary,
    description: `${description} Scope: ${scope}.`,
    parameters: parametersOf(operation),
    responses: {
      200: {
        description: 'file' in answer ? answer.description : summary,
        content: contentOf(operation),
      },
      ...refusalsOf(operation),
    },
  }
}

/** The OpenAPI 3.1 document of a deployment, generated from the schemas that its routes validate with. */
export function openApiDocument(origin: string): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const operation of OPERATIONS) paths[operation.path] = { get: readOperation(operation) }
  for (const operation of MEMBER_OPERATIONS) {
    const { path, method } = operation
    paths[path] = { ...paths[path], [method]: memberOperation(operation) }
  }
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
    paths,
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
