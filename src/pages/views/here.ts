/** The page of a request, with its query: what a view of it is saved as. A page of a list is left out. */
export function hereOf(url: string): string {
  const { pathname, searchParams } = new URL(url)
  searchParams.delete('cursor')
  return searchParams.size === 0 ? pathname : `${pathname}?${searchParams.toString()}`
}
