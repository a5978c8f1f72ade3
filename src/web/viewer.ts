/** Who looks at a page. */
export interface Viewer {
  name: string
  accountName: string
}
