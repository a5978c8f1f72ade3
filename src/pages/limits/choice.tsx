import type { Child } from 'hono/jsx'

interface ChoiceProps<T extends string> {
  name: string
  title: Child
  value: string
  values: readonly T[]
  titles: Readonly<Record<T, string>>
}

/** A choice with the title of each value. */
export function Choice<T extends string>({ name, title, value, values, titles }: ChoiceProps<T>) {
  return (
    <label>
      {title}
      <select name={name}>
        {values.map((one) => (
          <option value={one} selected={one === value}>
            {titles[one]}
          </option>
        ))}
      </select>
    </label>
  )
}
