/** Finds what looks like a secret in a text, before the text leaves the browser. */

import { lineOf } from './bytes'

/** A secret: its place in UTF-16 units, what it looks like, and the placeholder that can stand for it. */
export type Secret = { start: number; end: number; line: number; kind: SecretKind; value: string }
export type SecretKind = 'aws_access_key' | 'aws_secret_key' | 'private_key' | 'github_token' | 'gitlab_token' | 'slack_token' | 'google_key' | 'jwt' | 'password'

/** The secret itself is the group of the pattern, or all of it. */
const PATTERNS: readonly (readonly [SecretKind, RegExp])[] = [
  ['private_key', /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g],
  ['aws_access_key', /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g],
  ['aws_secret_key', /aws_secret(?:_access)?_key["']?\s*[=:]\s*["']?([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+])/gi],
  ['github_token', /\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,})/g],
  ['gitlab_token', /\bglpat-[A-Za-z0-9_-]{20,}/g],
  ['slack_token', /\bxox[abeprs]-[A-Za-z0-9-]{10,}/g],
  ['google_key', /\bAIza[0-9A-Za-z_-]{35}\b/g],
  ['jwt', /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/g],
  ['password', /[a-z][a-z0-9+.-]*:\/\/[^\s:@/<>{}$]+:([^\s:@/<>{}$[\]*]{4,})@/gi],
  ['password', /(?:passwo?r?d|passwd|pwd|secret|token|api[_-]?key)["']?\s*(?:=|:\s)\s*["']?([^\s"'`<>{}$()[\];,|&*]{10,})/gi],
]

/** Every secret once, in order. Of two that overlap the first pattern wins: it knows more. */
export function secretsIn(text: string): Secret[] {
  const found: Secret[] = []
  for (const [kind, pattern] of PATTERNS) {
    for (const match of text.matchAll(pattern)) {
      const value = match[1] ?? match[0]
      const start = match.index + match[0].lastIndexOf(value)
      const end = start + value.length
      if ((kind === 'password' && !match[0].includes('://') && !isRandom(value)) || found.some((other) => other.start < end && other.end > start)) continue
      found.push({ start, end, line: lineOf(text, start), kind, value })
    }
  }
  return found.sort((a, b) => a.start - b.start)
}

/** The text with a placeholder for each secret: it becomes a value that is asked for at the start of a run. */
export function masked(text: string, secrets: readonly Secret[]): string {
  let at = 0
  let out = ''
  for (const secret of secrets) {
    out += `${text.slice(at, secret.start)}<${secret.kind}>`
    at = secret.end
  }
  return out + text.slice(at)
}

/** A word or a name has few kinds of letters; what was made by chance has most of them. */
function isRandom(value: string): boolean {
  return [/[a-z]/, /[A-Z]/, /[0-9]/, /[^A-Za-z0-9_.:/-]/].filter((kind) => kind.test(value)).length >= 3
}
