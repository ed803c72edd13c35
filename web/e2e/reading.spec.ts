import { expect, type Page, test } from '@playwright/test'
import { looksRight } from './look'
import { apiOf, signedIn, type Up, up } from './service'

/** Letters of several bytes stand before everything, so that bytes and characters are never the same number. */
const PAGE = `# Räume auf ✓

## Prerequisites

- Access to the VPN

## Steps

\`\`\`bash
kubectl -n <namespace> get pods
\`\`\`

Then remove the cache:

\`\`\`bash
sudo rm -rf /srv/cache
\`\`\`

If it looks bad, fix it.
`

const field = (page: Page) => page.getByLabel('Text', { exact: true })
const stepWith = (page: Page, command: string) => page.getByTestId('steps').locator('li[data-step]', { hasText: command })

async function editorWith(page: Page, text: string): Promise<void> {
  await page.goto(`${up().url}/runbooks/new`)
  await field(page).fill(text)
  await expect(page.getByTestId('stages')).toContainText('Checked')
}

/** Puts a page into the clipboard as a browser does, and pastes it with the keys. */
async function paste(page: Page, html: string, plain: string): Promise<void> {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.evaluate(
    ([rich, flat]) => navigator.clipboard.write([new ClipboardItem({ 'text/html': new Blob([rich], { type: 'text/html' }), 'text/plain': new Blob([flat], { type: 'text/plain' }) })]),
    [html, plain] as const,
  )
  await field(page).focus()
  await page.keyboard.press('Control+v')
}

let service: Up
test.beforeAll(() => {
  service = up()
})

test('the reasons open by key, mark the very bytes, keep the focus and give it back', async ({ browser }) => {
  const page = await signedIn(browser, service)
  await editorWith(page, PAGE)
  const badge = stepWith(page, 'rm -rf').getByRole('button', { name: /^Dangerous: why/ })
  await badge.focus()
  await page.keyboard.press('Enter')
  const drawer = page.getByRole('dialog')
  await expect(drawer).toContainText('Key 1 · Scanner')
  const marked = drawer.locator('code').first().locator('.decoration-dangerous')
  expect((await marked.allInnerTexts()).join('')).toBe('rm -rf /srv/cache')
  await expect(drawer.getByRole('link', { name: 'files.rm-recursive' }).first()).toHaveAttribute('href', /\/docs\/rules\/README\.md#files\.rm-recursive$/)
  await expect(drawer).toContainText('takes away what is there; on the machine that runs it; cannot be undone')
  await expect(drawer).toContainText('The scanner says Dangerous')
  await expect(drawer).toContainText('Safer command')
  const tokens = drawer.locator('section', { hasText: 'Token by token' }).locator('li')
  await expect(tokens.filter({ hasText: '-rf' }).first()).toContainText('flag')
  for (let i = 0; i < 12; i++) {
    await page.keyboard.press('Tab')
    expect(await drawer.evaluate((dialog) => dialog.contains(document.activeElement)), `after ${i + 1} tabs`).toBe(true)
  }
  await page.keyboard.press('Escape')
  await expect(drawer).toHaveCount(0)
  await expect(badge).toBeFocused()
  await page.context().close()
  const phone = await signedIn(browser, service, { phone: true })
  await editorWith(phone, PAGE)
  await phone.getByRole('button', { name: /^Steps/ }).tap()
  await phone.getByRole('button', { name: /^Dangerous: why/ }).tap()
  await expect(phone.getByRole('dialog')).toContainText('Token by token')
  await looksRight(phone, 'why-phone')
})

test('text and steps light each other, and F8 goes to what is to be looked at', async ({ browser }) => {
  const page = await signedIn(browser, service)
  await editorWith(page, PAGE)
  await field(page).focus()
  await page.keyboard.press('Control+Home')
  const line = PAGE.slice(0, PAGE.indexOf('sudo')).split('\n').length
  for (let at = 1; at < line; at++) await page.keyboard.press('ArrowDown')
  await expect(stepWith(page, 'rm -rf')).toHaveAttribute('data-lit', 'true')
  await expect(page.getByTestId('steps').locator('[data-lit]')).toHaveCount(1)
  await stepWith(page, 'get pods').getByRole('button', { name: /^line/ }).focus()
  expect((await page.getByTestId('source').locator('.bg-lit').allInnerTexts()).join('')).toBe('kubectl -n <namespace> get pods')
  const selected = () => field(page).evaluate((area: HTMLTextAreaElement) => area.value.slice(area.selectionStart, area.selectionEnd))
  await field(page).focus()
  await page.keyboard.press('Control+Home')
  await page.keyboard.press('F8')
  await expect.poll(selected).toBe('sudo rm -rf /srv/cache')
  await page.keyboard.press('F8')
  await expect.poll(selected).toContain('fix it')
  await page.keyboard.press('Shift+F8')
  await expect.poll(selected).toBe('sudo rm -rf /srv/cache')
  const letters = page.getByTestId('source').locator('[data-line] b')
  expect(new Set(await letters.allInnerTexts())).toEqual(new Set(['P', 'V', '?']))
})

test('an edited command is called unjudged until it is judged again, and no other row changes', async ({ browser }) => {
  const page = await signedIn(browser, service)
  await editorWith(page, PAGE)
  // The next answer waits until the page has been looked at.
  let go: () => void = () => {}
  const held = new Promise<void>((resolve) => (go = resolve))
  await page.route('**/runbooks/parse-preview', async (route) => {
    await held
    await route.continue()
  })
  await field(page).fill(PAGE.replace('sudo rm -rf /srv/cache', 'sudo rm -rf /srv/cache/old'))
  await expect(stepWith(page, 'rm -rf').getByText('Checking', { exact: true })).toBeVisible()
  await expect(stepWith(page, 'get pods').getByRole('button', { name: /^Safe: why/ })).toBeVisible()
  go()
  await expect(stepWith(page, '/srv/cache/old').getByRole('button', { name: /^Dangerous: why/ })).toBeVisible()
})

test('the HTML of the clipboard is read, and the plain text is one click away', async ({ browser }) => {
  const page = await signedIn(browser, service)
  await page.goto(`${service.url}/runbooks/new`)
  const html = '<h1>Drain</h1><p>Log in first.</p><ol><li>Look:<pre><code>kubectl get nodes</code></pre></li><li>Drain it:<pre><code>kubectl drain &lt;node&gt;</code></pre></li></ol>'
  const plain = 'Drain\nLog in first.\nLook:\nkubectl get nodes\nDrain it:\nkubectl drain <node>\n'
  await paste(page, html, plain)
  await expect(page.getByTestId('stages')).toContainText('Read as HTML')
  await expect(stepWith(page, 'kubectl drain <node>')).toBeVisible()
  await expect(stepWith(page, 'kubectl get nodes')).toBeVisible()
  await stepWith(page, 'kubectl drain <node>').hover()
  expect((await page.getByTestId('source').locator('.bg-lit').allInnerTexts()).join('')).toBe('kubectl drain &lt;node&gt;')
  await looksRight(page, 'paste-html')
  await page.getByRole('button', { name: 'Use the plain text instead' }).click()
  await expect(field(page)).toHaveValue(plain)
  await expect(page.getByTestId('stages')).toContainText('Read as Plain text')
  await expect(stepWith(page, 'kubectl drain <node>')).toBeVisible()
})

test('a secret does not leave the browser before somebody says so', async ({ browser }) => {
  const page = await signedIn(browser, service)
  const key = `AKIA${'IOSFODNN7EXAMPLE'}`
  const sent: string[] = []
  page.on('request', (request) => sent.push(request.postData() ?? ''))
  await page.goto(`${service.url}/runbooks/new`)
  await field(page).fill(`# Keys\n\n\`\`\`bash\nexport AWS_ACCESS_KEY_ID=${key}\naws s3 ls\n\`\`\`\n`)
  const notice = page.getByRole('alert').filter({ hasText: 'Line 4 looks like an AWS access key.' })
  await expect(notice).toBeVisible()
  await expect(page.getByRole('button', { name: 'Save as version 1' })).toBeDisabled()
  await page.keyboard.press('Control+Enter')
  await page.getByRole('button', { name: 'Mask it' }).click()
  await expect(field(page)).toHaveValue(/export AWS_ACCESS_KEY_ID=<aws_access_key>/)
  await expect(stepWith(page, 'aws s3 ls')).toBeVisible()
  expect(sent.filter((body) => body.includes('aws s3 ls')).length).toBeGreaterThan(0)
  expect(sent.filter((body) => body.includes(key))).toEqual([])
})

test('two versions are compared by words, with the risk of each step before and after', async ({ browser }) => {
  const api = await apiOf(service)
  const text = (command: string) => `# Compare\n\n\`\`\`bash\nls /srv\n${command}\n\`\`\`\n`
  const saved = (await (await api.post('/api/v1/runbooks', { data: { text: text('mv /srv/cache /srv/old') } })).json()) as { id: string }
  const next = await api.put(`/api/v1/runbooks/${saved.id}`, { data: { text: text('rm -rf /srv/cache'), expected_version: 1 } })
  expect(next.ok(), await next.text()).toBe(true)
  const page = await signedIn(browser, service)
  await page.goto(`${service.url}/runbooks/${saved.id}?tab=versions`)
  await page.getByRole('link', { name: 'Compare version 1 with version 2' }).click()
  const steps = page.getByRole('list', { name: 'Steps that changed' }).getByRole('listitem')
  await expect(steps).toHaveCount(1)
  await expect(steps).toContainText(/Changed.*Caution.*became.*Dangerous/s)
  expect(await steps.locator('del').allInnerTexts()).toContain('mv')
  expect(await steps.locator('ins').allInnerTexts()).toContain('rm')
  await expect(page.getByRole('region', { name: 'Changes in the text' })).toContainText('/srv/cache')
  await looksRight(page, 'compare')
})

test('the audit trail starts with what happened last', async ({ browser }) => {
  const page = await signedIn(browser, service)
  await page.goto(`${service.url}/audit`)
  const first = page.getByRole('row').nth(1)
  await expect(first).toBeVisible()
  const seqs = (await page.getByRole('row').locator('td:first-child').allInnerTexts()).slice(0, 3).map(Number)
  expect(seqs).toEqual([...seqs].sort((a, b) => b - a))
})
