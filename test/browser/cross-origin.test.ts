import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { comeIn, invitationUrl, useBrowser, workerUrl } from './world.ts'

const { newPage } = useBrowser()

/** Somebody's web page, on another origin. */
let server: Server
let origin = ''
beforeAll(async () => {
  server = createServer((_, response) => {
    response.setHeader('content-type', 'text/html')
    response.end('<!doctype html><title>An application</title>')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())

interface Called {
  status: number | null
  requestId: string | null
  content: string
}

const callFrom = (page: Page, token: string): Promise<Called> =>
  page.evaluate(
    async ([base, key]): Promise<Called> => {
      try {
        const response = await fetch(`${base}/api/proxy/grok/v1/chat/completions`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${key}`,
            'content-type': 'application/json',
            'x-metrion-user': 'page',
            'x-stainless-lang': 'js',
          },
          body: '{"model": "grok-4.3", "messages": [{"role": "user", "content": "Hi"}]}',
        })
        return {
          status: response.status,
          requestId: response.headers.get('x-metrion-request-id'),
          content: await response.text(),
        }
      } catch (error) {
        return { status: null, requestId: null, content: String(error) }
      }
    },
    [workerUrl, token] as const,
  )

test('a page of another origin calls once its origin is allowed, and not before', async () => {
  const dashboard = await newPage()
  await comeIn(dashboard, invitationUrl(), 'Pages')
  await dashboard.locator('#key').fill('xai-browser-0123456789')
  await dashboard.getByRole('button', { name: 'Test and save' }).click()
  await dashboard.waitForURL('**/integrate?notice=*')
  const token = (await dashboard.locator('#token').textContent()) ?? ''

  const app = await newPage()
  await app.goto(origin)
  // The browser itself keeps it back: the preflight was refused.
  expect(await callFrom(app, token)).toMatchObject({
    status: null,
    content: expect.stringContaining('Failed to fetch'),
  })

  await dashboard.goto(`${workerUrl}/settings`)
  await dashboard.getByLabel('Allowed origins of web pages (ALLOWED_ORIGINS)').fill(origin)
  await dashboard.locator('#account').getByRole('button', { name: 'Save' }).click()
  await dashboard.waitForURL('**/settings?notice=saved')
  expect(await dashboard.locator('#allowed-origins').inputValue()).toBe(origin)

  const called = await callFrom(app, token)
  expect(called.status).toBe(200)
  expect(called.requestId).toMatch(/^[0-9a-f-]{36}$/)
  expect(called.content).toContain('choices')

  const socket = await app.evaluate(
    async ([base, key]) =>
      new Promise<string>((resolve) => {
        const url = `${base.replace('http', 'ws')}/api/proxy/grok/v1/realtime?model=grok-voice`
        const opened = new WebSocket(url, ['realtime', `openai-insecure-api-key.${key}`])
        opened.addEventListener('open', () => resolve(`open ${opened.protocol}`))
        opened.addEventListener('error', () => resolve('error'))
      }),
    [workerUrl, token] as const,
  )
  expect(socket).toBe('open realtime')
})

test('on an IP address, sign-in says that passkeys need a name, and leads there', async () => {
  const page = await newPage()
  await page.goto(`${workerUrl.replace('localhost', '127.0.0.1')}/sign-in`)
  const hint = page.locator('[data-no-passkeys]')
  expect(await hint.textContent()).toContain('IP address')
  await hint.getByRole('link').click()
  expect(new URL(page.url()).hostname).toBe('localhost')
  expect(await page.locator('[data-no-passkeys]').count()).toBe(0)
})
