import { createHmac } from 'node:crypto'
import { type APIRequestContext, expect, type Page, request, test } from '@playwright/test'
import { looksRight } from './look'
import { apiOf, signedIn, type Up, up } from './service'

let service: Up
let api: APIRequestContext
/** Another name in each run, so that the alerts of one are not those of another. */
const serviceName = `ledger-${Date.now().toString(36)}`
const TITLE = `Rebuild the ${serviceName} index`

test.describe.configure({ mode: 'serial' })

test.beforeAll(async () => {
  service = up()
  api = await apiOf(service)
})

const settings = (page: Page) => page.getByRole('list', { name: 'Alerts' }).getByRole('listitem')

/** What a dialog shows once: the text beside this label. */
const shown = (page: Page, label: string) => page.getByRole('dialog').getByRole('group', { name: label, exact: true }).locator('code').innerText()

let webhook: { address: string; secret: string }

test('an Owner makes a webhook, sees its secret once, and a forged delivery is not let in', async ({ browser }) => {
  const page = await signedIn(browser, service)
  await page.goto(`${service.url}/settings`)
  await page.getByRole('button', { name: 'New webhook' }).click()
  await page.getByLabel('Who sends').selectOption('pagerduty')
  await page.getByLabel('Name', { exact: true }).fill(serviceName)
  await page.getByRole('button', { name: 'Make webhook' }).click()
  await expect(page.getByRole('dialog')).toContainText('The secret is shown this once.')
  webhook = { address: await shown(page, 'Address'), secret: await shown(page, 'Secret') }
  await looksRight(page, 'webhook-made')
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()
  const item = settings(page).filter({ hasText: serviceName })
  await expect(item).toContainText('nothing yet')
  await expect(page.getByText(webhook.secret)).toHaveCount(0)
  const forged = await deliver(`not-${webhook.secret}`, 'triggered')
  expect(forged.status()).toBe(401)
  expect((await deliver(webhook.secret, 'triggered')).status()).toBe(202)
  await page.reload()
  await expect(settings(page).filter({ hasText: serviceName })).toContainText('1 alert')
})

/** A delivery as PagerDuty signs it. */
async function deliver(secret: string, what: 'triggered' | 'resolved') {
  const at = new Date().toISOString()
  const body = JSON.stringify({
    event: {
      id: `E-${what}-${serviceName}`,
      event_type: `incident.${what}`,
      resource_type: 'incident',
      occurred_at: at,
      data: { id: `I-${serviceName}`, type: 'incident', status: what, title: `${serviceName} answers slowly`, incident_key: serviceName, created_at: at, urgency: 'high', service: { id: 'S', summary: serviceName, type: 'service_reference' } },
    },
  })
  const signature = `v1=${createHmac('sha256', secret).update(body).digest('hex')}`
  const sender = await request.newContext()
  return sender.post(webhook.address, { data: Buffer.from(body), headers: { 'content-type': 'application/json', 'x-pagerduty-signature': signature } })
}

let runbook: string

test('a rule is tried on the last alerts before it is kept', async ({ browser }) => {
  const text = `# ${TITLE}\n\n\`\`\`bash\nls /srv/<service>\n\`\`\`\n`
  const saved = await api.post('/api/v1/runbooks', { data: { text } })
  expect(saved.ok(), await saved.text()).toBe(true)
  runbook = ((await saved.json()) as { id: string }).id
  const page = await signedIn(browser, service)
  await page.goto(`${service.url}/runbooks/${runbook}?tab=matching`)
  await page.getByRole('button', { name: 'Add a rule' }).click()
  await page.getByRole('button', { name: 'Save matching' }).click()
  await expect(page.getByRole('alert')).toContainText('A rule without any part matches nothing.')
  await page.getByLabel('Services').fill(`${serviceName.slice(0, 7)}*`)
  await page.getByRole('button', { name: 'Test against the last 20 alerts' }).click()
  const row = page.getByRole('table', { name: 'The last alerts under these rules' }).getByRole('row', { name: new RegExp(serviceName) })
  await expect(row).toContainText('Chosen')
  await expect(row).toContainText('your rule: service')
  await looksRight(page, 'matching')
  const kept = await api.get(`/api/v1/runbooks/${runbook}/matching`)
  expect(await kept.json()).toMatchObject({ version: 0, rules: [] })
  await page.getByRole('button', { name: 'Save matching' }).click()
  await expect.poll(async () => ((await (await api.get(`/api/v1/runbooks/${runbook}/matching`)).json()) as { version: number }).version).toBe(1)
  await expect(page.getByLabel('Services')).toHaveValue(`${serviceName.slice(0, 7)}*`)
  const phone = await signedIn(browser, service, { phone: true })
  await phone.goto(`${service.url}/runbooks/${runbook}?tab=matching`)
  await phone.getByRole('button', { name: 'Test against the last 20 alerts' }).tap()
  await expect(phone.getByRole('table', { name: 'The last alerts under these rules' })).toBeVisible()
  await looksRight(phone, 'matching-phone')
})

test('an alert opens with the runbook that fits, and its run starts with what the alert says', async ({ browser }) => {
  // A rule holds from the next delivery on.
  expect((await deliver(webhook.secret, 'resolved')).status()).toBe(202)
  const page = await signedIn(browser, service)
  await page.goto(`${service.url}/alerts`)
  const row = page.getByRole('row', { name: new RegExp(`${serviceName} answers slowly`) })
  await expect(row).toContainText('Over')
  await expect(row).toContainText(TITLE)
  await looksRight(page, 'alerts')
  await row.getByRole('link').click()
  const drawer = page.getByRole('dialog')
  await expect(drawer).toContainText('2 deliveries')
  await expect(drawer).toContainText('your rule: service')
  await looksRight(page, 'alert')
  await drawer.getByRole('button', { name: `Start ${TITLE}` }).click()
  await expect(page.getByRole('dialog')).toContainText('From the alert')
  await expect(page.getByLabel('service', { exact: true })).toHaveValue(serviceName)
  await page.getByRole('button', { name: 'Start run' }).click()
  await expect(page).toHaveURL(/\/runs\/exe_/)
  const run = page.url().split('/').pop() ?? ''
  await page.goto(`${service.url}/alerts`)
  await expect(row).toContainText('A run was started')
  await row.getByRole('link').click()
  await page.getByRole('dialog').getByRole('link', { name: 'Open the run' }).click()
  await expect(page).toHaveURL(new RegExp(`/runs/${run}`))
})

test('a webhook takes a new secret, sends a test alert and is deleted', async ({ browser }) => {
  const page = await signedIn(browser, service, { phone: true })
  await page.goto(`${service.url}/settings`)
  const item = settings(page).filter({ hasText: serviceName })
  await item.getByRole('button', { name: `Send test alert to ${serviceName}` }).tap()
  await expect(item).toContainText('A test alert was taken in.')
  await page.getByRole('button', { name: `New secret for ${serviceName}` }).tap()
  await page.getByLabel('The old secret still works for').selectOption('not at all: it got out')
  await page.getByRole('button', { name: 'Change secret' }).tap()
  await expect(page.getByRole('dialog')).toContainText('It is shown this once.')
  await looksRight(page, 'webhook-secret-phone')
  const secret = await shown(page, 'Secret')
  expect(secret).not.toBe(webhook.secret)
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().tap()
  expect((await deliver(webhook.secret, 'triggered')).status()).toBe(401)
  expect((await deliver(secret, 'triggered')).status(), 'a replay is answered like the first time').toBe(202)
  await page.getByRole('button', { name: `Delete ${serviceName}` }).tap()
  await page.getByRole('button', { name: 'Delete webhook' }).tap()
  await expect(item).toHaveCount(0)
  expect((await deliver(secret, 'triggered')).status()).toBe(401)
})
