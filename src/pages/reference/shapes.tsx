import { componentSchemas, type Schema } from './document.ts'
import { shapeOf, typeOf, unwrap } from './words.ts'

/** The fields of a response schema. */
export function ShapeCard({ name }: { name: string }) {
  const schema = componentSchemas()[name]
  if (schema === undefined) return null
  return (
    <section class="card" aria-labelledby={name}>
      <h2 id={name}>{name}</h2>
      <div class="scroll" tabindex={0} role="region" aria-label={`Fields of ${name}`}>
        <table class="log prose">
          <thead>
            <tr>
              <th scope="col">Field</th>
              <th scope="col">Value</th>
            </tr>
          </thead>
          <tbody>{fieldsOf(schema, '')}</tbody>
        </table>
      </div>
    </section>
  )
}

/** The fields of nested objects follow their parent, named by their path. */
function fieldsOf(schema: Schema, prefix: string): unknown[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const field = property as Schema
    const { schema: inner, isList, isNullable } = unwrap(field)
    const path = `${prefix}${name}${isList ? '[]' : ''}`
    const shape = shapeOf(inner)
    return [
      <tr>
        <th scope="row">
          <code>{path}</code>
        </th>
        <td>
          {isList && 'list of '}
          {shape ? <a href={`#${shape}`}>{shape}</a> : inner.properties ? 'object' : typeOf(inner)}
          {isNullable && ', or null'}
          {field.description && `; ${field.description}`}
        </td>
      </tr>,
      ...fieldsOf(inner, `${path}.`),
    ]
  })
}
