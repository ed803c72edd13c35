import { render, screen } from '@testing-library/react'
import { expect, test } from 'vitest'
import { RiskBadge } from './RiskBadge'

const WORDS = { safe: 'Safe', caution: 'Caution', dangerous: 'Dangerous', unknown: 'Unknown → Caution' } as const

test.each(Object.entries(WORDS))('the badge of %s says its word and has a shape of its own', (risk, word) => {
  const { container } = render(<RiskBadge risk={risk as keyof typeof WORDS} />)
  expect(screen.getByText(word)).toBeTruthy()
  expect(container.querySelector('svg > *')).toBeTruthy()
})

test('no two risks share a shape', () => {
  const shapes = Object.keys(WORDS).map((risk) => {
    const { container, unmount } = render(<RiskBadge risk={risk as keyof typeof WORDS} />)
    const shape = container.querySelector('svg')?.innerHTML
    unmount()
    return shape
  })
  expect(new Set(shapes).size).toBe(shapes.length)
})

test('a badge that explains itself keeps its word in its name', () => {
  render(<RiskBadge risk="dangerous" onWhy={() => undefined} name="Drop the table" />)
  expect(screen.getByRole('button', { name: /^Dangerous: why/i })).toBeTruthy()
  expect(screen.getByText('Dangerous')).toBeTruthy()
})
