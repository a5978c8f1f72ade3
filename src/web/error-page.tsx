import { Layout } from './layout.tsx'

/** The error page for browsers; API clients get JSON. */
export function ErrorPage({ title, message }: { title: string; message: string }) {
  return (
    <Layout title={title} viewer={null} path="">
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
