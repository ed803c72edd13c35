import { AxeBuilder } from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

const LEVELS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
/** The rules of those levels that look at colours: a theme changes nothing else. */
const OF_COLOURS = ['color-contrast', 'link-in-text-block']

/** No violation of WCAG 2.2 AA in either theme, and nothing wider than the screen. */
export async function looksRight(page: Page, name: string): Promise<void> {
  const screen = page.viewportSize() ?? { width: 1280, height: 860 }
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    // Tall enough for the whole page: a control that is half scrolled under a bar is not a small control.
    await page.setViewportSize({ width: screen.width, height: 5000 })
    const axe = new AxeBuilder({ page })
    const { violations } = await (colorScheme === 'light' ? axe.withTags(LEVELS) : axe.withRules(OF_COLOURS)).analyze()
    expect(violations.map((v) => `${name} ${colorScheme}: ${v.id}: ${v.nodes.map((node) => node.target.join(' ')).join(' | ')}`)).toEqual([])
    await page.setViewportSize(screen)
    if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/${name}-${colorScheme}.png` })
  }
  await page.emulateMedia({ colorScheme: 'light' })
  const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  expect(over, `${name} is wider than the screen`).toBeLessThanOrEqual(0)
}
