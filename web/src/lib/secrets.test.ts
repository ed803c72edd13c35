import { expect, test } from 'vitest'
import { masked, secretsIn } from './secrets'

// Put together here, so that no scanner takes this file for a leak.
const AWS = `AKIA${'IOSFODNN7EXAMPLE'}`
const GITHUB = `ghp_${'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'}`

test('a key is found with its line and its kind', () => {
  const text = `# Rotate\n\nexport AWS_ACCESS_KEY_ID=${AWS}\ncurl -H "Authorization: token ${GITHUB}" x\npsql postgres://app:s3cret@db/x\n`
  expect(secretsIn(text).map(({ kind, line, value }) => [kind, line, value])).toEqual([
    ['aws_access_key', 3, AWS],
    ['github_token', 4, GITHUB],
    ['password', 5, 's3cret'],
  ])
})

test('masking puts a placeholder in the place of the secret and touches nothing else', () => {
  const text = `a ${AWS} b\nPGPASSWORD=x9Kq!mZ27bT psql\n`
  expect(masked(text, secretsIn(text))).toBe('a <aws_access_key> b\nPGPASSWORD=<password> psql\n')
  expect(secretsIn(masked(text, secretsIn(text)))).toEqual([])
})

test('names, placeholders and substitutions are no secrets', () => {
  for (const text of [
    'kubectl get secret: my-database-credentials',
    'export TOKEN=$(vault read -field=token secret/x)',
    'password: <your-password-here>',
    'PASSWORD=${DB_PASSWORD}',
    'token: {{ .Values.token }}',
    'postgres://user:$PASSWORD@host/db',
    'kubectl create token service-account-1',
    'secret=projects/123/secrets/name-of-secret',
  ])
    expect(secretsIn(text), text).toEqual([])
})

test('a private key is masked as a whole', () => {
  const key = `-----BEGIN RSA ${'PRIVATE KEY'}-----\nMIIE\n-----END RSA ${'PRIVATE KEY'}-----`
  expect(masked(`a\n${key}\nb`, secretsIn(`a\n${key}\nb`))).toBe('a\n<private_key>\nb')
})
