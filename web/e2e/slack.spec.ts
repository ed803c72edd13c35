import { expect, type Page, test } from '@playwright/test'
import { looksRight } from './look'
import { apiOf, freshLink, signedIn, up } from './service'

// The app comes into another workspace by Slack's own consent, and somebody there says once who they are.

type WithSim = ReturnType<typeof up> & { slack_sim: string | null }

let service: WithSim
test.beforeAll(async () => {
  service = up() as WithSim
  test.skip(!service.slack_sim, 'the product was started without the look-alike of Slack')
  const api = await apiOf(service)
  const { workspaces } = (await (await api.get('/api/v1/settings/slack')).json()) as { workspaces: { id: string; name: string }[] }
  for (const old of workspaces.filter((one) => one.name === 'Globex')) await api.delete(`/api/v1/settings/slack/${old.id}`)
})

test.describe.configure({ mode: 'serial' })

async function asks(page: Page): Promise<void> {
  await page.goto(`${service.url}/settings`)
  await page.getByRole('button', { name: 'Add to Slack…' }).click()
  await expect(page).toHaveURL(/\/oauth\/v2\/authorize/)
  await expect(page.getByText('chat:write')).toBeVisible()
}

test('who cancels at Slack has changed nothing', async ({ browser }) => {
  const page = await signedIn(browser, service)
  await asks(page)
  await page.getByRole('button', { name: 'Cancel' }).click()
  await expect(page.getByText('Slack gave no consent. Nothing was changed.')).toBeVisible()
  await looksRight(page, 'slack-cancelled')
  await page.goto(`${service.url}/settings`)
  await expect(page.getByRole('heading', { name: 'Acme' })).toBeVisible()
  await expect(page.getByRole('heading', { name: 'Globex' })).toHaveCount(0)
})

test('who allows it at Slack has the app there, and the consent counts once', async ({ browser }) => {
  const page = await signedIn(browser, service, { phone: true })
  await asks(page)
  const back = page.waitForRequest(/code=/)
  await page.getByRole('button', { name: 'Allow as Hank Scorpio in Globex' }).click()
  await expect(page.getByText('The app is in Globex. Choose a channel in the settings.')).toBeVisible()
  await looksRight(page, 'slack-installed')
  const { workspaces } = (await (await (await apiOf(service)).get('/api/v1/settings/slack')).json()) as { workspaces: { name: string; linked: unknown[] }[] }
  expect(workspaces.find((one) => one.name === 'Globex')?.linked).toEqual([])
  await page.goto((await back).url())
  await expect(page.getByRole('alert')).toBeVisible()
  await expect(page.getByText('The app is in Globex')).toHaveCount(0)
})

test('somebody in the new workspace links their Slack user once, and is known from then on', async ({ browser }) => {
  const context = await browser.newContext()
  const dashboard = await context.newPage()
  await dashboard.goto(await freshLink(service))
  await expect(dashboard).toHaveURL(/\/runs$/)
  const hank = await context.newPage()
  await hank.goto(`${service.slack_sim}&user=U0HANK`)
  const write = async (line: string) => {
    await hank.getByLabel('Message or command').fill(line)
    await hank.getByLabel('Message or command').press('Enter')
  }
  await write('/dd0c status')
  const told = hank.locator('#messages article').filter({ hasText: 'We do not know who you are' }).last()
  await expect(told).toBeVisible()
  const opened = context.waitForEvent('page')
  await told.getByRole('button', { name: /Link account/ }).click()
  const link = await opened
  await expect(link.getByText('Is hank in Globex you?')).toBeVisible()
  expect(link.url(), 'the secret has left the address').not.toContain('token')
  await looksRight(link, 'slack-link')
  await link.getByRole('button', { name: 'Yes, link it to me' }).click()
  await expect(link.getByText('Linked. Go back to Slack and press the button again.')).toBeVisible()
  await write('/dd0c status')
  await expect(hank.locator('#messages article').filter({ hasText: /for a person · Open dashboard/ }).last()).toBeVisible()
})

test('whoever takes the app out of a workspace is asked nothing there any more', async ({ browser }) => {
  const page = await signedIn(browser, service)
  await page.goto(`${service.url}/settings`)
  await expect(page.getByRole('heading', { name: 'Globex' })).toBeVisible()
  await page.getByRole('button', { name: 'Remove Globex' }).click()
  await expect(page.getByRole('heading', { name: 'Globex' })).toHaveCount(0)
  await expect(page.getByRole('heading', { name: 'Acme' })).toBeVisible()
})
