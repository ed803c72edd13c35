// Fails when what a first visit downloads is above the budget. Reads the manifest that the build wrote.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const BUDGET = { js: 170 * 1024, css: 20 * 1024, chunk: 40 * 1024 }
const dist = new URL('../dist/', import.meta.url)
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'))
const gz = (file) => gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length
const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`

const first = new Set()
const walk = (key) => {
  if (first.has(key)) return
  first.add(key)
  for (const next of manifest[key].imports ?? []) walk(next)
}
walk('index.html')

const js = [...first].reduce((sum, key) => sum + gz(manifest[key].file), 0)
const cssFiles = new Set(Object.values(manifest).flatMap((entry) => entry.css ?? []))
const css = [...cssFiles].reduce((sum, file) => sum + gz(file), 0)
const chunks = Object.entries(manifest)
  .filter(([key, entry]) => !first.has(key) && entry.file.endsWith('.js'))
  .map(([, entry]) => ({ file: entry.file, size: gz(entry.file) }))
  .sort((a, b) => b.size - a.size)

const lines = [
  { name: 'first JavaScript', size: js, limit: BUDGET.js },
  { name: 'all CSS', size: css, limit: BUDGET.css },
  ...chunks.map(({ file, size }) => ({ name: file, size, limit: BUDGET.chunk })),
]
for (const { name, size, limit } of lines) {
  console.log(`${size > limit ? 'OVER ' : 'ok   '} ${name}: ${kib(size)} of ${kib(limit)} gzip`)
}
process.exit(lines.some(({ size, limit }) => size > limit) ? 1 : 0)
