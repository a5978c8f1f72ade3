import { Layout, type Viewer } from './layout.tsx'

interface ErrorPageProps {
  /** Null: nobody is signed in, or it is not known who. */
  viewer: Viewer | null
  title: string
  message: string
}

/** The error page for browsers; API clients get JSON. */
export function ErrorPage({ viewer, title, message }: ErrorPageProps) {
  return (
    <Layout title={title} viewer={viewer} path="">
      <section class="card">
        <h1>{title}</h1>
        <p>{message}</p>
        <p>
          <a href="/">Back to Metrion</a>
        </p>
      </section>
    </Layout>
  )
}
