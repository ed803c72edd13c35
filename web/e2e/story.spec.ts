import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, type Page, test } from '@playwright/test'
import { looksRight } from './look'
import { apiOf, freshLink, signedIn, type Up, up } from './service'

/** Harmless commands on a folder of the test's own: one of each risk, one to skip, one by hand. */
function pageOf(folder: string): string {
  return `# Clean the build cache – Übung ✓

Make sure that nobody is building.

## Look

\`\`\`bash
ls ${folder}
echo hello <name>
\`\`\`

## Clean

\`\`\`bash
touch ${folder}/marker
rm -rf ${folder}/cache
echo left-out
\`\`\`

Tell the team that the cache is gone.
`
}

const made = () => {
  const folder = mkdtempSync(join(tmpdir(), 'dd0c-story-'))
  mkdirSync(join(folder, 'cache'))
  writeFileSync(join(folder, 'cache', 'file'), 'x')
  return folder
}

const ask = (page: Page) => page.getByTestId('ask')
const stepOf = (page: Page, order: number) => page.getByTestId(`step-${order}`)

/** Fills the dialog in and starts. */
async function start(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'Run', exact: true }).click()
  const dialog = page.getByRole('dialog')
  for (const box of await dialog.getByRole('checkbox').all()) await box.check()
  await dialog.getByLabel('name', { exact: true }).fill(name)
  await dialog.getByRole('button', { name: 'Start run' }).click()
  await expect(page).toHaveURL(/\/runs\/exe_/)
}

/** Which step asks now. */
async function asking(page: Page): Promise<number> {
  await expect(ask(page)).toBeVisible()
  const id = await ask(page).locator('xpath=ancestor::li').getAttribute('id')
  return Number(id?.replace('step-', ''))
}

const yes = (page: Page) => ask(page).getByRole('button', { name: /^(Run step|Approve & run)$/ })

/** Reports a step that a person does. */
async function reportDone(page: Page): Promise<void> {
  await ask(page).getByRole('button', { name: 'Done' }).click()
  await page.getByRole('button', { name: 'Report done' }).click()
}

/** Answers what asks until a step whose card holds these words asks. */
async function approveUntil(page: Page, words: string): Promise<number> {
  for (let i = 0; i < 12; i++) {
    const order = await asking(page)
    if ((await stepOf(page, order).innerText()).includes(words)) return order
    if (await yes(page).isVisible()) await yes(page).click()
    else await reportDone(page)
    await expect(stepOf(page, order).getByText('Done', { exact: true })).toBeVisible()
    await expect(stepOf(page, order).getByTestId('ask')).toHaveCount(0)
  }
  throw new Error(`no step with ${words} ever asked`)
}

test.describe.configure({ mode: 'serial' })

let service: Up
let folder: string
let runbookUrl: string

test.beforeAll(() => {
  service = up()
  folder = made()
})

test('a link that was used once does not sign in a second time', async ({ page, browser }) => {
  const link = await freshLink(service)
  await page.goto(link)
  await expect(page).toHaveURL(/\/runs$/)
  const other = await (await browser.newContext()).newPage()
  await other.goto(link)
  await expect(other.getByText('This link was used already')).toBeVisible()
  await looksRight(other, 'sign-in')
})

test('a pasted page becomes steps with risks, places and reasons, and is saved as version 1', async ({ browser }) => {
  const page = await signedIn(browser, service)
  await page.goto(`${service.url}/runbooks/new`)
  const text = page.getByLabel('Text', { exact: true })
  await text.fill('Nothing here is to be run.')
  await expect(page.getByText('We found no commands.')).toBeVisible()
  await text.fill(pageOf(folder))
  const steps = page.getByTestId('steps')
  await expect(steps.getByText(`rm -rf ${folder}/cache`)).toBeVisible()
  await expect(steps.getByText('Dangerous', { exact: true }).first()).toBeVisible()
  await expect(page.getByTestId('stages')).toContainText('Read as Markdown')
  // The step lights its own bytes, although letters of several bytes stand before them.
  await steps.locator('li', { hasText: `rm -rf ${folder}/cache` }).hover()
  const lit = page.getByTestId('source').locator('[data-lit] .bg-lit')
  await expect(lit.first()).toBeAttached()
  expect((await lit.allInnerTexts()).join('')).toBe(`rm -rf ${folder}/cache`)
  await looksRight(page, 'new')
  await page.getByRole('button', { name: 'Save as version 1' }).click()
  await expect(page).toHaveURL(/\/runbooks\/rbk_/)
  runbookUrl = page.url()
  await page.getByRole('button', { name: /^Dangerous: why/ }).first().click()
  await expect(page.getByRole('dialog')).toContainText('Key 1 · Scanner')
  await looksRight(page, 'why')
})

test('an edit becomes version 2, version 1 stays to the byte, and a stale edit loses nothing', async ({ browser }) => {
  const page = await signedIn(browser, service)
  const late = await signedIn(browser, service)
  for (const each of [page, late]) {
    await each.goto(`${runbookUrl}/edit`)
    const text = each.getByLabel('Text', { exact: true })
    await text.fill((await text.inputValue()).replace('Tell the team', each === page ? 'Tell everybody' : 'Tell nobody'))
  }
  await page.getByRole('button', { name: 'Save as version 2' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toContainText('v2')
  await late.getByRole('button', { name: 'Save as version 2' }).click()
  await expect(late.getByText('Nothing was overwritten and your text is still here.')).toBeVisible()
  await expect(late.getByLabel('Text', { exact: true })).toHaveValue(/Tell nobody/)
  await page.goto(`${runbookUrl}?tab=source&version=1`)
  await expect(page.getByRole('region', { name: 'Source' })).toContainText('Tell the team that the cache is gone.')
  await expect(page.getByText('You are reading version 1.')).toBeVisible()
  const api = await apiOf(service)
  const id = new URL(runbookUrl).pathname.split('/').at(-1)
  const first = (await (await api.get(`/api/v1/runbooks/${id}/versions/1`)).json()) as { text: string }
  expect(first.text).toBe(pageOf(folder))
})

test('a run asks step by step; a wrong name runs nothing, the right one does; skip and done are on record', async ({ browser }) => {
  const page = await signedIn(browser, service)
  await page.goto(runbookUrl)
  await looksRight(page, 'runbook')
  await start(page, 'world; rm -rf /')
  const dangerous = await approveUntil(page, `rm -rf ${folder}/cache`)
  await expect(page.getByRole('region', { name: /^Output of step/ }).filter({ hasText: 'hello world; rm -rf /' })).toBeVisible()
  await expect(page).toHaveTitle(`(1) Approve step ${dangerous} · dd0c/run`)
  const name = ask(page).getByRole('textbox')
  await name.fill(`${folder}/cash`)
  await ask(page).getByRole('button', { name: 'Confirm & run' }).click()
  await expect(ask(page).getByRole('alert')).toContainText(`${folder}/cash`)
  await expect(ask(page).getByRole('alert')).toContainText('Nothing has run')
  expect(existsSync(join(folder, 'cache'))).toBe(true)
  await looksRight(page, 'run')
  await name.fill(`${folder}/cache`)
  await ask(page).getByRole('button', { name: 'Confirm & run' }).click()
  await expect(stepOf(page, dangerous)).toContainText('exit 0')
  expect(existsSync(join(folder, 'cache'))).toBe(false)
  const skipped = await asking(page)
  await ask(page).getByRole('button', { name: 'Skip…' }).click()
  await page.getByRole('button', { name: 'Not needed this time' }).click()
  await page.getByRole('button', { name: 'Skip step' }).click()
  await expect(stepOf(page, skipped)).toContainText('Skipped')
  const byHand = await asking(page)
  await reportDone(page)
  await expect(stepOf(page, byHand)).toContainText('Done')
  await expect(page.getByText('Completed', { exact: true })).toBeVisible()
  await expect(stepOf(page, dangerous)).toContainText('dashboard')
})

test('of two browsers that approve the same step one wins and the other is told who', async ({ browser }) => {
  const one = await signedIn(browser, service)
  const two = await signedIn(browser, service)
  await one.goto(runbookUrl)
  await start(one, 'race')
  await two.goto(one.url())
  const order = await approveUntil(one, `ls ${folder}`)
  await expect(stepOf(two, order).getByTestId('ask')).toBeVisible()
  const loser = await two.evaluate(() => location.pathname.split('/').at(-1))
  const api = await apiOf(service)
  const run = (await (await api.get(`/api/v1/executions/${loser}`)).json()) as { steps: { id: string; order: number; command_sha256: string }[] }
  const step = run.steps.find((each) => each.order === order)
  await yes(one).click()
  await expect(stepOf(one, order).getByText('Done', { exact: true })).toBeVisible()
  const answer = await two.evaluate(
    async ({ run: id, step: stepId, sha }) => {
      const response = await fetch(`/api/v1/executions/${id}/steps/${stepId}/approve`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ command_sha256: sha }) })
      return { status: response.status, body: (await response.json()) as { code: string; decided_by?: string } }
    },
    { run: loser, step: step?.id, sha: step?.command_sha256 },
  )
  expect(answer.status).toBe(409)
  expect(answer.body.code).toBe('already_decided')
  await expect(stepOf(two, order).getByText('Done', { exact: true })).toBeVisible()
  await one.getByRole('button', { name: 'Abort run…' }).first().click()
  await one.getByRole('dialog').getByRole('button', { name: 'Abort run' }).click()
  await expect(one.getByText('This run was aborted.')).toBeVisible()
})

test('an edited command is judged again and asks again', async ({ browser }) => {
  const page = await signedIn(browser, service)
  await page.goto(runbookUrl)
  await start(page, 'edit')
  const order = await approveUntil(page, `ls ${folder}`)
  await ask(page).getByRole('button', { name: 'Edit…' }).click()
  await page.getByRole('textbox', { name: 'Command' }).fill(`rm -rf ${folder}/other`)
  await page.getByRole('button', { name: 'Check again' }).click()
  await expect(stepOf(page, order)).toContainText('needs typed confirmation')
  await expect(stepOf(page, order)).toContainText('Edited before it ran')
})

test('panic takes one click, says what it reached, and an Owner lifts it with a reason', async ({ browser }) => {
  const page = await signedIn(browser, service)
  await page.getByRole('button', { name: 'Panic' }).click()
  await expect(page.getByRole('dialog')).toContainText('Everything is halted')
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()
  await expect(page.getByText('Panic mode is on. Nothing runs.')).toBeVisible()
  await looksRight(page, 'panic')
  await page.getByRole('button', { name: 'Lift panic…' }).click()
  await page.getByLabel('Why is it safe to go on?').fill('a drill')
  await page.getByRole('dialog').getByRole('button', { name: 'Lift panic' }).click()
  await expect(page.getByText('Panic mode is on. Nothing runs.')).toBeHidden()
})

test('the audit trail shows the approvals and the chain is unbroken', async ({ browser }) => {
  const page = await signedIn(browser, service)
  await page.goto(`${service.url}/audit`)
  await page.getByLabel('Event', { exact: true }).selectOption('step.approved')
  await page.getByRole('button', { name: /^Open event .* step\.approved$/ }).first().click()
  await expect(page.getByRole('dialog')).toContainText('Hash of the event before')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Verify chain' }).click()
  await expect(page.getByTestId('verdict')).toContainText('unbroken')
  await looksRight(page, 'audit')
})

test('every page keeps to WCAG 2.2 AA in light and dark, on a desk and at 390 px', async ({ browser }) => {
  for (const phone of [false, true]) {
    const page = await signedIn(browser, service, { phone })
    for (const path of ['runs', 'approvals', 'runbooks', 'runbooks/new', 'alerts', 'agents', 'audit', 'settings']) {
      await page.goto(`${service.url}/${path}`)
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
      await expect(page.getByRole('group', { name: 'Loading…' })).toHaveCount(0)
      await looksRight(page, `${path.replace('/', '-')}${phone ? '-phone' : ''}`)
    }
    await page.context().close()
  }
})

test('one hand at 390 px is enough to approve', async ({ browser }) => {
  const page = await signedIn(browser, service, { phone: true })
  await page.goto(runbookUrl)
  await start(page, 'phone')
  const order = await approveUntil(page, `ls ${folder}`)
  const button = yes(page)
  const box = await button.boundingBox()
  expect(box?.height).toBeGreaterThanOrEqual(44)
  await looksRight(page, 'run-phone')
  await button.tap()
  await expect(stepOf(page, order).getByText('Done', { exact: true })).toBeVisible()
})
