/** Three short runbooks to see what happens to a text. */
export const SAMPLES: readonly { name: string; text: string }[] = [
  {
    name: 'Checkout 5xx',
    text: `# Checkout answers 5xx

Make sure you are on the VPN.

1. List the pods:

\`\`\`bash
kubectl -n <namespace> get pods
\`\`\`

2. Check the logs.

3. Restart the deployment:

\`\`\`bash
kubectl -n <namespace> rollout restart deployment/checkout
\`\`\`

4. If it still fails, delete the cache volume:

\`\`\`bash
kubectl -n <namespace> delete pvc checkout-cache-0
\`\`\`
`,
  },
  {
    name: 'Disk full',
    text: `# Disk full on a database host

\`\`\`bash
df -h /var/lib/postgresql
du -sh /var/lib/postgresql/*
\`\`\`

Rotate the logs now:

\`\`\`bash
sudo logrotate -f /etc/logrotate.d/postgresql
\`\`\`

Remove dumps that are older than a week:

\`\`\`bash
find /var/backups -name '*.dump' -mtime +7 -delete
\`\`\`
`,
  },
  {
    name: 'Rotate a key',
    text: `# Rotate an access key

Create the new key and note it:

\`\`\`bash
aws iam create-access-key --user-name <user>
\`\`\`

Put it into the service, then see that nothing uses the old one:

\`\`\`bash
aws iam get-access-key-last-used --access-key-id <old_key_id>
aws iam delete-access-key --user-name <user> --access-key-id <old_key_id>
\`\`\`
`,
  },
]
