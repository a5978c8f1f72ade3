/** A line of an archive, with the id that orders it. */
export interface Line {
  id: string
  text: string
}

/** Lines of text out of bytes that may be cut anywhere; an unfinished last one counts. */
export async function* readLines(bytes: ReadableStream<Uint8Array>): AsyncGenerator<Line> {
  let rest = ''
  for await (const piece of bytes.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + piece).split('\n')
    rest = lines.pop() ?? ''
    for (const text of lines) yield toLine(text)
  }
  if (rest !== '') yield toLine(rest)
}

const toLine = (text: string): Line => ({ id: (JSON.parse(text) as { id: string }).id, text })

/** Two sequences in order of their ids as one, each id once. */
export async function* mergeLines(
  first: AsyncIterable<Line>,
  second: AsyncIterable<Line>,
): AsyncGenerator<Line> {
  const [a, b] = [first[Symbol.asyncIterator](), second[Symbol.asyncIterator]()]
  let [left, right] = [await a.next(), await b.next()]
  while (!left.done || !right.done) {
    if (right.done || (!left.done && left.value.id <= right.value.id)) {
      if (left.done) return
      if (!right.done && right.value.id === left.value.id) right = await b.next()
      yield left.value
      left = await a.next()
    } else {
      yield right.value
      right = await b.next()
    }
  }
}
