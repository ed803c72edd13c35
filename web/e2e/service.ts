import { readFileSync } from 'node:fs'
import { type APIRequestContext, type Browser, expect, type Page, request } from '@playwright/test'

/** What `dd0c up` writes when it is ready. */
export type Up = { url: string; api: string; token: string; sign_in_url: string }

export function up(): Up {
  const file = process.env.DD0C_UP_JSON
  if (!file) throw new Error('DD0C_UP_JSON must name the up.json of a running `dd0c up`')
  return JSON.parse(readFileSync(file, 'utf8')) as Up
}

/** The API with the owner's token, for what the story does not do by hand. */
export const apiOf = ({ url, token }: Up): Promise<APIRequestContext> => request.newContext({ baseURL: url, extraHTTPHeaders: { authorization: `Bearer ${token}` } })

/** A sign-in link that nobody used yet. */
export async function freshLink(service: Up): Promise<string> {
  const api = await apiOf(service)
  const session = (await (await api.get('/api/v1/auth/session')).json()) as { user: { id: string } }
  const link = await api.post('/api/v1/auth/links', { data: { user_id: session.user.id } })
  expect(link.ok(), await link.text()).toBe(true)
  return ((await link.json()) as { url: string }).url
}

type Look = { colorScheme?: 'light' | 'dark'; phone?: boolean }

/** A browser of its own in which somebody is signed in. */
export async function signedIn(browser: Browser, service: Up, { colorScheme = 'light', phone = false }: Look = {}): Promise<Page> {
  const context = await browser.newContext({ colorScheme, ...(phone && { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }) })
  const page = await context.newPage()
  await page.goto(await freshLink(service))
  await expect(page).toHaveURL(/\/runs$/)
  return page
}
