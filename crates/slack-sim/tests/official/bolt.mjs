// An app on Slack's own Bolt for Node, against the simulator: says on standard output what it saw, a line of JSON each.
// SLACK_API_URL, SLACK_BOT_TOKEN, SLACK_APP_TOKEN. `bolt.py` is the same app on Bolt for Python.

import bolt from '@slack/bolt'

const CHANNEL = 'C0INCIDENT'
const { SLACK_API_URL, SLACK_BOT_TOKEN, SLACK_APP_TOKEN } = process.env
const app = new bolt.App({
  token: SLACK_BOT_TOKEN,
  appToken: SLACK_APP_TOKEN,
  socketMode: true,
  logLevel: bolt.LogLevel.ERROR,
  clientOptions: { slackApiUrl: `${SLACK_API_URL}/` },
})

const saw = (what) => process.stdout.write(`${JSON.stringify(what)}\n`)
const plain = (text) => ({ type: 'plain_text', text })
const modal = {
  type: 'modal',
  callback_id: 'confirm',
  title: plain('Confirm'),
  submit: plain('Run it'),
  blocks: [{ type: 'input', block_id: 'name', label: plain('Name'), element: { type: 'plain_text_input', action_id: 'value' } }],
}

app.action('step.approve', async ({ ack, body, client }) => {
  await ack()
  await client.views.open({ trigger_id: body.trigger_id, view: modal })
  saw({ pressed: body.actions[0].value, by: body.user.id })
})

app.view('confirm', async ({ ack, body }) => {
  const typed = body.view.state.values.name.value.value
  if (typed === 'checkout') await ack()
  else await ack({ response_action: 'errors', errors: { name: 'This is not its name.' } })
  saw({ submitted: typed })
})

app.command('/dd0c', async ({ ack, body, respond, client }) => {
  if (body.text === 'many') {
    await ack()
    await Promise.all(Array.from({ length: 8 }, (_, number) => client.chat.postMessage({ channel: CHANNEL, text: `one of many: ${number}` })))
    saw({ many: 'posted' })
    return
  }
  await ack(`Heard: ${body.text}`)
  await respond({ text: 'And by the response URL', response_type: 'ephemeral' })
  saw({ command: body.text })
})

app.event('app_mention', async ({ event, say }) => {
  await say({ text: 'Here I am', thread_ts: event.ts })
  saw({ mentioned: event.text })
})

await app.start()
const who = await app.client.auth.test()
const button = { type: 'button', action_id: 'step.approve', value: 'v1', text: plain('Go') }
const posted = await app.client.chat.postMessage({
  channel: CHANNEL,
  text: 'Approve?',
  blocks: [{ type: 'actions', block_id: 'b', elements: [button] }],
})
await app.client.chat.update({ channel: CHANNEL, ts: posted.ts, text: 'Approve now?', blocks: posted.message.blocks })
saw({ ready: posted.ts, team: who.team_id })
// Whoever started this closes its input in the end.
process.stdin.resume()
process.stdin.on('end', () => process.exit(0))
