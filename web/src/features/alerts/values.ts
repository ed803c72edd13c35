import type { AlertView, Variable } from '@/api/types'

const plain = (text: string) => text.toLowerCase().replace(/[-\s]/g, '_')

/** What an alert says of a runbook's values: a label of the same name, or its service, region, environment. Never a secret. */
export function valuesFrom(alert: AlertView['alert'], variables: readonly Variable[]): Record<string, string> {
  const said = new Map<string, string>()
  const tell = (names: readonly string[], value: string | null | undefined) => {
    if (value) for (const name of names) said.set(name, value)
  }
  tell(['service', 'app'], alert.service)
  tell(['region'], alert.region)
  tell(['environment', 'env'], alert.environment)
  for (const [name, value] of Object.entries(alert.labels ?? {})) tell([plain(name)], value)
  const known = variables.filter((variable) => variable.kind === 'input').flatMap(({ name }) => {
    const value = said.get(plain(name))
    return value === undefined ? [] : [[name, value] as const]
  })
  return Object.fromEntries(known)
}
