import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, type Page, test } from '@playwright/test'
import { looksRight } from './look'
import { ask, asking, stepOf, yes } from './run'
import { apiOf, signedIn, type Up, up } from './service'

let service: Up
let folder: string
test.beforeAll(() => {
  service = up()
  folder = mkdtempSync(join(tmpdir(), 'dd0c-departures-'))
  writeFileSync(join(folder, 'log'), 'x')
})

const text = () => `# Look after the log

1. See it:

   \`\`\`bash
   ls ${folder}
   \`\`\`

2. Count it:

   \`\`\`bash
   wc -l ${folder}/log
   \`\`\`

3. Read it:

   \`\`\`bash
   cat ${folder}/log
   \`\`\`
`

async function saved(): Promise<string> {
  const api = await apiOf(service)
  const made = await api.post('/api/v1/runbooks', { data: { text: text() } })
  expect(made.ok(), await made.text()).toBe(true)
  return ((await made.json()) as { id: string }).id
}

async function succeeds(page: Page, order: number): Promise<void> {
  await yes(page).click()
  await expect(stepOf(page, order).getByText('Done', { exact: true })).toBeVisible()
}

test('what a run did otherwise becomes the next version, and only once somebody publishes it', async ({ browser }) => {
  const page = await signedIn(browser, service)
  await page.goto(`${service.url}/runbooks/${await saved()}`)
  const runbook = page.url()
  await page.getByRole('button', { name: 'Run', exact: true }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Start run' }).click()
  await expect(page).toHaveURL(/\/runs\/exe_/)

  await test.step('the first step is edited', async () => {
    expect(await asking(page)).toBe(1)
    await ask(page).getByRole('button', { name: 'Edit…' }).click()
    await page.getByRole('textbox', { name: 'Command' }).fill(`ls -l ${folder}`)
    await page.getByRole('button', { name: 'Check again' }).click()
    await expect(stepOf(page, 1)).toContainText('Edited before it ran')
    await succeeds(page, 1)
  })
  await test.step('a command beside the runbook asks before the next step does', async () => {
    expect(await asking(page)).toBe(2)
    await page.getByRole('button', { name: 'Run another command…' }).click()
    await page.getByLabel('A command that is not in the runbook').fill(`touch ${folder}/seen`)
    await page.getByRole('button', { name: 'Check and ask' }).click()
    await expect.poll(() => asking(page)).toBe(4)
    await succeeds(page, 4)
  })
  await test.step('the second step is skipped, the third runs', async () => {
    await expect.poll(() => asking(page)).toBe(2)
    await ask(page).getByRole('button', { name: 'Skip…' }).click()
    await page.getByRole('button', { name: 'Not needed this time' }).click()
    await page.getByRole('button', { name: 'Skip step' }).click()
    await expect.poll(() => asking(page)).toBe(3)
    await succeeds(page, 3)
  })
  const departures = page.getByTestId('departures')
  await expect(departures.getByTestId('departure-1')).toContainText('edited')
  await expect(departures.getByTestId('departure-2')).toContainText('skipped')
  await expect(departures.getByTestId('departure-4')).toContainText('unlisted')
  await expect(departures).toContainText('1 step ran exactly as written.')
  await looksRight(page, 'departures')

  // What was left out once is not taken out unless somebody says so.
  await expect(departures.getByTestId('departure-2').getByRole('checkbox')).not.toBeChecked()
  await departures.getByRole('button', { name: 'Apply 2 updates…' }).click()
  const draft = page.getByTestId('draft')
  await expect(draft).toContainText(`touch ${folder}/seen`)
  await looksRight(page, 'draft')
  const api = await apiOf(service)
  const id = runbook.split('/').at(-1)
  const versions = async () => ((await (await api.get(`/api/v1/runbooks/${id}`)).json()) as { version: number; text: string })
  expect((await versions()).version).toBe(1)
  await draft.getByRole('button', { name: 'Publish version 2' }).click()
  await expect(page).toHaveURL(runbook)
  const after = await versions()
  expect(after.version).toBe(2)
  expect(after.text).toContain(`ls -l ${folder}`)
  expect(after.text).toContain(`wc -l ${folder}/log`)
  expect(after.text.indexOf(`touch ${folder}/seen`)).toBeGreaterThan(after.text.indexOf('ls -l'))
})
