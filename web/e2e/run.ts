import { expect, type Page } from '@playwright/test'

/** What asks now. */
export const ask = (page: Page) => page.getByTestId('ask')
/** The card of a step. */
export const stepOf = (page: Page, order: number) => page.getByTestId(`step-${order}`)

/** Which step asks now. */
export async function asking(page: Page): Promise<number> {
  await expect(ask(page)).toBeVisible()
  const id = await ask(page).locator('xpath=ancestor::li').getAttribute('id')
  return Number(id?.replace('step-', ''))
}

/** The one button that lets the step run. */
export const yes = (page: Page) => ask(page).getByRole('button', { name: /^(Run step|Approve & run)$/ })
