import type { MatchRule } from '@/api/types'

/** A rule as it is typed: lists with commas, labels line by line. */
export type Draft = { services: string; regions: string; environments: string; keywords: string; worstTo: number | null; labels: string }

export const EMPTY: Draft = { services: '', regions: '', environments: '', keywords: '', worstTo: null, labels: '' }

export function list(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

export function toDraft(rule: MatchRule): Draft {
  const joined = (parts: readonly string[] | undefined) => (parts ?? []).join(', ')
  return {
    services: joined(rule.services),
    regions: joined(rule.regions),
    environments: joined(rule.environments),
    keywords: joined(rule.keywords),
    worstTo: rule.worst_to ?? null,
    labels: Object.entries(rule.labels ?? {})
      .map(([name, value]) => `${name}=${value}`)
      .join('\n'),
  }
}

const lines = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')

/** The first line that is no label. */
export function badLabel(draft: Draft): string | null {
  return lines(draft.labels).find((line) => !/^[^=]*[^=\s][^=]*=\s*\S/.test(line)) ?? null
}

/** The rule that a draft says; empty parts are left out. */
export function toRule(draft: Draft): MatchRule {
  const rule: MatchRule = {}
  for (const part of ['services', 'regions', 'environments', 'keywords'] as const) {
    const parts = list(draft[part])
    if (parts.length > 0) rule[part] = parts
  }
  if (draft.worstTo !== null) rule.worst_to = draft.worstTo
  const labels = lines(draft.labels).map((line) => {
    const at = line.indexOf('=')
    return [line.slice(0, at).trim(), line.slice(at + 1).trim()] as const
  })
  if (labels.length > 0) rule.labels = Object.fromEntries(labels)
  return rule
}

export const saysNothing = (draft: Draft) => Object.keys(toRule(draft)).length === 0
