import type { Schema } from './document.ts'

/** The name of the shape that a `$ref` points to. Null: the schema is not a reference. */
export const shapeOf = (schema: Schema): string | null =>
  schema.$ref === undefined ? null : (schema.$ref.split('/').at(-1) ?? null)

export interface Unwrapped {
  /** The schema of the value, or of one item if it is a list. */
  schema: Schema
  isList: boolean
  isNullable: boolean
}

export function unwrap(schema: Schema): Unwrapped {
  const isNullable = schema.anyOf?.some(({ type }) => type === 'null') ?? false
  const one = schema.anyOf?.find(({ type }) => type !== 'null') ?? schema
  const isList = one.type === 'array'
  return { schema: isList ? (one.items as Schema) : one, isList, isNullable }
}

/** The type and limits of a schema, in a few words. */
export function typeOf(schema: Schema): string {
  const shape = shapeOf(schema)
  if (shape !== null) return shape
  if (schema.anyOf)
    return schema.anyOf
      .map((one) => typeOf(one))
      .map((words) => (words === 'null' ? 'or null' : words))
      .join(' ')
  if (schema.enum) return `one of ${schema.enum.join(', ')}`
  if (schema.type === 'array')
    return `any number of: ${schema.items ? typeOf(schema.items as Schema) : 'any value'}`
  const limits = [
    schema.minimum !== undefined && schema.minimum >= 0 && `from ${schema.minimum}`,
    schema.maximum !== undefined &&
      schema.maximum < Number.MAX_SAFE_INTEGER &&
      `to ${schema.maximum}`,
    schema.pattern !== undefined && `matches ${schema.pattern}`,
    // A null default says nothing.
    schema.default !== undefined &&
      schema.default !== null &&
      `default ${JSON.stringify(schema.default)}`,
  ]
  const type = schema.format ?? (typeof schema.type === 'string' ? schema.type : 'any value')
  return [type, ...limits].filter(Boolean).join(', ')
}
