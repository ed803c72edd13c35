/** A text that is being written outlives a crash, a lost connection and a closed tab. */

const key = (name: string) => `dd0c.draft.${name}`

export function readDraft(name: string): string | null {
  try {
    return localStorage.getItem(key(name))
  } catch {
    return null
  }
}

/** Returns whether it is kept: storage can be full or switched off. */
export function keepDraft(name: string, text: string): boolean {
  try {
    localStorage.setItem(key(name), text)
    return true
  } catch {
    return false
  }
}

export function dropDraft(name: string): void {
  try {
    localStorage.removeItem(key(name))
  } catch {
    // Nothing was kept then.
  }
}
