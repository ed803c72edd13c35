import { useQueryClient } from '@tanstack/react-query'
import { DropdownMenu as Menu } from 'radix-ui'
import { api } from '@/api/client'
import { useSession } from '@/api/session'
import { Icon } from '@/components/Icon'
import { copy } from '@/copy'
import { type Theme, useTheme } from '@/lib/theme'

const THEMES: readonly Theme[] = ['system', 'light', 'dark']
const ITEM = 'flex min-h-9 items-center gap-2 rounded-md px-2.5 py-1.5 text-sm outline-none max-md:min-h-11 data-[highlighted]:bg-sunken'

/** Who is signed in, the theme, the way out. */
export function Account() {
  const session = useSession()
  const client = useQueryClient()
  const [theme, setTheme] = useTheme()
  const signOut = async () => {
    await api.DELETE('/api/v1/auth/session')
    client.clear()
    location.assign('/sign-in')
  }
  return (
    <Menu.Root>
      <Menu.Trigger aria-label={copy.nav.account} className="grid size-9 place-items-center rounded-full border border-line bg-sunken text-muted hover:text-text max-md:size-11">
        <Icon name="user" className="size-5" />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Content align="end" sideOffset={6} className="appear z-50 w-64 rounded-xl border border-line bg-bg p-1.5 text-text shadow-card">
          {session && (
            <div className="border-b border-line px-2.5 pt-1.5 pb-2.5">
              <p className="truncate font-semibold">{session.user.name || session.user.email}</p>
              <p className="truncate text-xs text-muted">
                {session.user.email} · {copy.roles[session.user.role]} · {session.tenant.name}
              </p>
            </div>
          )}
          <Menu.Label className="px-2.5 pt-2 pb-1 text-xs font-semibold text-muted">{copy.nav.theme}</Menu.Label>
          <Menu.RadioGroup value={theme} onValueChange={(next) => setTheme(next as Theme)}>
            {THEMES.map((name) => (
              <Menu.RadioItem key={name} value={name} className={ITEM}>
                <span className="grid size-4 place-items-center">
                  <Menu.ItemIndicator>
                    <Icon name="done" />
                  </Menu.ItemIndicator>
                </span>
                {copy.nav.themes[name]}
              </Menu.RadioItem>
            ))}
          </Menu.RadioGroup>
          <Menu.Separator className="my-1.5 h-px bg-line" />
          <Menu.Item onSelect={() => void signOut()} className={ITEM}>
            {copy.nav.signOut}
          </Menu.Item>
        </Menu.Content>
      </Menu.Portal>
    </Menu.Root>
  )
}
