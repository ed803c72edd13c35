import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, expect, type Locator, type Page, test } from '@playwright/test'
import { apiOf, signedIn, up } from './service'

// An incident at 3 am in the look-alike of Slack: a signed PagerDuty delivery, and from there what people press.

type WithSim = ReturnType<typeof up> & { slack_sim: string | null }

/** Harmless commands on a folder of the test's own: one of each risk, and one that fails and knows its way back. */
function pageOf(folder: string): string {
  return `# Checkout 5xx: drain bad pods

Make sure that you are on the VPN.

1. Look

   \`\`\`bash
   ls ${folder}
   \`\`\`

2. Say where

   \`\`\`bash
   echo hello <region>
   \`\`\`

3. Drain

   \`\`\`bash
   touch ${folder}/drained
   \`\`\`

4. Rebuild the cache

   \`\`\`bash
   rm -rf ${folder}/cache
   \`\`\`

5. Warm it up with \`mkdir ${folder}/nowhere/warm\`. To undo this, run \`touch ${folder}/undone\`.

6. Mark

   \`\`\`bash
   touch ${folder}/marked
   \`\`\`
`
}

const RILEY = 'U0RILEY'
const DANA = 'U0DANA'
const KIM = 'U0KIM'

let service: WithSim
let folder: string
/** The message of the alert that most of this is about. */
let incident: string
let riley: Page
let dana: Page

async function as(browser: Browser, user: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage()
  await page.goto(`${service.slack_sim}&user=${user}`)
  await expect(page.getByText('The app is connected')).toBeVisible()
  // What an earlier test left open.
  if (await modal(page).isVisible()) await page.keyboard.press('Escape')
  await page.getByRole('button', { name: '# incidents' }).click()
  return page
}

const shot = async (page: Page, name: string): Promise<void> => {
  if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/copilot-${name}.png`, fullPage: true })
}

const thread = (page: Page): Locator => page.getByRole('complementary', { name: 'Thread' })
/** The newest message of the thread with these words. */
const said = (page: Page, words: string | RegExp): Locator => thread(page).locator('article').filter({ hasText: words }).last()
/** A button by what it does: its name is what a screen reader says, which differs from its text. */
const button = (card: Locator, ...actions: string[]): Locator => card.locator(actions.map((action) => `[data-action="${action}"]`).join(', '))
const modal = (page: Page): Locator => page.locator('dialog#modal')

/** Opens the thread of a message of the channel. */
async function openThread(page: Page, ts: string): Promise<Locator> {
  const parent = page.locator(`#messages article[data-ts="${ts}"]`)
  await parent.getByRole('button', { name: /repl/i }).click()
  await expect(thread(page)).toBeVisible()
  return parent
}

/** Presses the alert's button; which message offers a runbook for it. */
async function alert(page: Page): Promise<string> {
  const told = page.locator('#messages article').filter({ hasText: 'PagerDuty #4821' })
  const before = await told.count()
  await page.getByRole('button', { name: /PagerDuty: checkout-api/ }).click()
  await expect(told).toHaveCount(before + 1)
  return (await told.last().getAttribute('data-ts')) ?? ''
}

/** The modal is gone; where the machine was slow it says that it is done, and is closed. */
async function closed(page: Page): Promise<void> {
  await expect(async () => {
    if (await modal(page).isHidden()) return
    expect(await modal(page).innerText()).toContain('It is done')
  }).toPass()
  if (await modal(page).isVisible()) await modal(page).getByRole('button', { name: 'Close' }).click()
  await expect(modal(page)).toBeHidden()
}

/** Starts the offered runbook with its value. */
async function start(page: Page, ts: string): Promise<void> {
  await page.locator(`#messages article[data-ts="${ts}"]`).getByRole('button', { name: /Start Copilot/ }).click()
  await expect(modal(page)).toContainText('VPN')
  for (const box of await modal(page).getByRole('checkbox').all()) await box.check()
  await modal(page).locator('button[type=submit]').click()
  await closed(page)
  await openThread(page, ts)
}

/** Lets the steps run that one press is enough for, until one with these words asks. */
async function approveUntil(page: Page, words: string): Promise<void> {
  for (let i = 0; i < 8; i++) {
    const yes = button(thread(page), 'step.approve', 'step.red.open').last()
    await expect(yes).toBeVisible()
    const card = thread(page).locator('article').filter({ has: page.locator('[data-action="step.approve"], [data-action="step.red.open"]') }).last()
    if ((await card.innerText()).includes(words)) return
    await yes.click()
    await expect(card).toContainText('exit 0')
  }
  throw new Error(`no step with ${words} ever asked`)
}

async function abort(page: Page): Promise<void> {
  await button(thread(page), 'run.abort').last().click()
  await page.locator('dialog#confirm').getByRole('button', { name: 'Abort run' }).click()
  await expect(said(page, 'Run aborted')).toBeVisible()
}

test.describe.configure({ mode: 'serial' })

test.beforeAll(async ({ browser }) => {
  service = up() as WithSim
  test.skip(!service.slack_sim, 'the product was started without the look-alike of Slack')
  folder = mkdtempSync(join(tmpdir(), 'dd0c-copilot-'))
  mkdirSync(join(folder, 'cache'))
  writeFileSync(join(folder, 'cache', 'file'), 'x')
  const api = await apiOf(service)
  const { runbooks } = (await (await api.get('/api/v1/runbooks')).json()) as { runbooks: { id: string; title: string }[] }
  for (const old of runbooks.filter((one) => one.title.startsWith('Checkout 5xx'))) await api.delete(`/api/v1/runbooks/${old.id}`)
  const made = await api.post('/api/v1/runbooks', { data: { text: pageOf(folder) } })
  expect(made.ok(), await made.text()).toBe(true)
  const { id } = (await made.json()) as { id: string }
  const matching = { tags: ['checkout-api', '5xx'], rules: [{ services: ['checkout-api'] }], expected_version: 0 }
  const set = await api.put(`/api/v1/runbooks/${id}/matching`, { data: matching })
  expect(set.ok(), await set.text()).toBe(true)
  riley = await as(browser, RILEY)
  dana = await as(browser, DANA)
})

test('an alert offers its runbook, and the start asks for what it needs', async () => {
  incident = await alert(riley)
  const offer = riley.locator(`#messages article[data-ts="${incident}"]`)
  await expect(offer).toContainText('Runbook matched')
  await expect(offer).toContainText('P1 · checkout-api')
  await expect(offer).toContainText(/Match \d+ of 100/)
  await shot(riley, '01-matched')
  await offer.getByRole('button', { name: /Start Copilot/ }).click()
  await expect(modal(riley)).toContainText('VPN')
  await shot(riley, '02a-start')
  await modal(riley).locator('button[type=submit]').click()
  await expect(modal(riley).getByRole('alert').first()).not.toBeEmpty()
  await modal(riley).getByLabel('region', { exact: true }).fill('us-east-1')
  for (const box of await modal(riley).getByRole('checkbox').all()) await box.check()
  await modal(riley).locator('button[type=submit]').click()
  await closed(riley)
  const parent = await openThread(riley, incident)
  await expect(parent).toContainText('Waiting for a person')
  await expect(parent).toContainText('Step 1 of 6')
})

test('under the strict policy every step waits for one press', async () => {
  // Without a second key a step is called safe by nobody.
  const ask = said(riley, /(Safe|Caution) · Step 1 of 6/)
  await expect(ask).toContainText(/waits for you|needs approval/)
  await expect(ask).toContainText(`ls ${folder}`)
  await shot(riley, '03s-strict')
  await button(ask, 'step.approve').click()
  await expect(ask).toContainText('cache')
  await expect(ask).toContainText('exit 0')
  await expect(button(ask, 'step.approve')).toHaveCount(0)
  await shot(riley, '04-done')
  const next = said(riley, 'Step 2 of 6')
  await button(next, 'step.approve').click()
  await expect(next).toContainText('hello us-east-1')
})

test('of two who approve the same step the second is told who was first', async () => {
  const ask = said(riley, 'Caution · Step 3 of 6')
  await expect(ask).toContainText(`touch ${folder}/drained`)
  await shot(riley, '05-ask')
  const ts = await ask.getAttribute('data-ts')
  await button(ask, 'step.approve').click()
  // Dana's screen still shows the button.
  await dana.evaluate(
    async ({ user, stamp }) => {
      const click = { user, channel: 'C0INCIDENT', ts: stamp, action_id: 'step.approve', stale: true }
      await fetch('/_sim/click', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(click) })
    },
    { user: DANA, stamp: ts },
  )
  await openThread(dana, incident)
  await expect(said(dana, 'changed nothing')).toContainText(/approved step 3 .* before you/)
  await shot(dana, '12-too-late')
  await expect(ask).toContainText('exit 0')
  expect(existsSync(join(folder, 'drained'))).toBe(true)
})

test('a red step asks for the name of what it destroys; a wrong name runs nothing', async () => {
  const ask = said(riley, 'Dangerous · Step 4 of 6')
  await expect(ask).toContainText(`rm -rf ${folder}/cache`)
  await shot(riley, '08-red')
  await openThread(dana, incident)
  await button(said(dana, 'Dangerous · Step 4 of 6'), 'step.red.open').click()
  await expect(modal(dana)).toContainText('You cannot approve')
  await modal(dana).getByRole('button', { name: 'Close' }).click()
  await expect(said(dana, 'You cannot approve this step')).toContainText('Nothing has run')
  await shot(dana, '11-not-allowed')
  expect(existsSync(join(folder, 'cache'))).toBe(true)

  await button(ask, 'step.red.open').click()
  const name = modal(riley).getByRole('textbox')
  await name.fill(`${folder}/cash`)
  await shot(riley, '09-typed')
  await modal(riley).locator('button[type=submit]').click()
  await expect(modal(riley)).toContainText('Nothing has run')
  await expect(modal(riley)).toContainText('attempt 1 of 3')
  await shot(riley, '10-wrong-name')
  expect(existsSync(join(folder, 'cache'))).toBe(true)
  // Where the machine was slow the sentence has taken the modal's place.
  if ((await modal(riley).getByRole('textbox').count()) === 0) {
    await modal(riley).getByRole('button', { name: 'Close' }).click()
    await button(ask, 'step.red.open').click()
  }
  await modal(riley).getByRole('textbox').fill(`${folder}/cache`)
  await modal(riley).locator('button[type=submit]').click()
  await closed(riley)
  await expect(ask).toContainText('exit 0')
  expect(existsSync(join(folder, 'cache'))).toBe(false)
})

test('a step that fails offers its way back, and nothing else runs', async () => {
  const ask = said(riley, 'Caution · Step 5 of 6')
  await button(ask, 'step.approve').click()
  const failed = said(riley, 'Step 5 of 6 failed')
  await expect(failed).toContainText('exit 1')
  await expect(failed).toContainText(`touch ${folder}/undone`)
  await shot(riley, '13-failed')
  expect(existsSync(join(folder, 'marked'))).toBe(false)
  await button(failed, 'step.rollback.approve').click()
  await expect(said(riley, 'Rollback of step 5')).toContainText('exit 0')
  expect(existsSync(join(folder, 'undone'))).toBe(true)
  await shot(riley, '13-rolled-back')
})

test('an edit that raises the risk asks anew, and panic takes the question back', async () => {
  await button(said(riley, 'Step 5 of 6 failed'), 'step.manual').click()
  await approveUntil(riley, `touch ${folder}/marked`)
  const ask = said(riley, 'Caution · Step 6 of 6')
  await button(ask, 'step.edit.open').click()
  await modal(riley).getByLabel('Command', { exact: true }).fill(`rm -rf ${folder}/other`)
  await shot(riley, '06-edit')
  await modal(riley).locator('button[type=submit]').click()
  await closed(riley)
  const anew = said(riley, /Step 6 of 6 edited/)
  await expect(anew).toContainText('Dangerous')
  await expect(anew).toContainText(`- touch ${folder}/marked`)
  await expect(anew).toContainText(`+ rm -rf ${folder}/other`)
  await shot(riley, '07-edited')

  await dana.getByLabel('Message or command').fill('/dd0c panic wrong cluster')
  await dana.getByRole('button', { name: 'Send' }).click()
  await expect(dana.locator('#messages article').filter({ hasText: 'Everything is halted' })).toBeVisible()
  await expect(said(riley, 'Panic mode is on')).toContainText('wrong cluster')
  await expect(button(anew, 'step.red.open')).toHaveCount(0)
  await shot(riley, '16-panic')
})

test('an Owner lifts panic on the dashboard, the run asks again, and its end is summed up', async ({ browser }) => {
  const dashboard = await signedIn(browser, service)
  await dashboard.getByRole('button', { name: 'Lift panic…' }).click()
  await dashboard.getByLabel('Why is it safe to go on?').fill('it was the right cluster')
  await dashboard.getByRole('dialog').getByRole('button', { name: 'Lift panic' }).click()
  await expect(dashboard.getByText('Panic mode is on. Nothing runs.')).toBeHidden()
  await expect(button(thread(riley), 'step.red.open').last()).toBeVisible()
  await shot(riley, '16-asks-again')
  await button(thread(riley), 'step.skip.open').last().click()
  await modal(riley).locator('button[type=submit]').click()
  await closed(riley)
  const summary = said(riley, 'Run finished')
  await expect(summary).toContainText('still open')
  await expect(summary).toContainText('divergence')
  await expect(riley.locator('#messages article').filter({ hasText: 'Run finished' }).first()).toBeVisible()
  await shot(riley, '19-summary')
})

test('somebody whom nobody linked is told how, and an abort says what it did not undo', async ({ browser }) => {
  const other = await alert(riley)
  const kim = await as(browser, KIM)
  await kim.locator(`#messages article[data-ts="${other}"]`).getByRole('button', { name: /Start Copilot/ }).click()
  await expect(kim.locator('#messages article').filter({ hasText: 'We do not know who you are' })).toBeVisible()
  await shot(kim, '21-not-linked')
  await start(riley, other)
  await abort(riley)
  await expect(said(riley, 'Run aborted')).toContainText('nothing was rolled back')
  await shot(riley, '18-aborted')
  await riley.getByRole('button', { name: 'dd0c App Home' }).click()
  await expect(riley.locator('#messages')).toContainText('Open dashboard')
  await shot(riley, '20-home')
})
