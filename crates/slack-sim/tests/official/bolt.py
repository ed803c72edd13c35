"""An app on Slack's own Bolt for Python, against the simulator: says on standard output what it saw, a line of JSON each.

SLACK_API_URL, SLACK_BOT_TOKEN, SLACK_APP_TOKEN. `bolt.mjs` is the same app on Bolt for Node.
"""

import json
import os
import sys

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler

CHANNEL = "C0INCIDENT"

client = WebClient(
    token=os.environ["SLACK_BOT_TOKEN"],
    base_url=os.environ["SLACK_API_URL"] + "/",
    retry_handlers=[RateLimitErrorRetryHandler(max_retry_count=5)],
)
app = App(client=client)


def saw(**what):
    print(json.dumps(what), flush=True)


def modal():
    name = {"type": "plain_text_input", "action_id": "value"}
    return {
        "type": "modal",
        "callback_id": "confirm",
        "title": {"type": "plain_text", "text": "Confirm"},
        "submit": {"type": "plain_text", "text": "Run it"},
        "blocks": [
            {"type": "input", "block_id": "name", "label": {"type": "plain_text", "text": "Name"}, "element": name}
        ],
    }


@app.action("step.approve")
def on_press(ack, body, client):
    ack()
    client.views_open(trigger_id=body["trigger_id"], view=modal())
    saw(pressed=body["actions"][0]["value"], by=body["user"]["id"])


@app.view("confirm")
def on_submit(ack, body):
    typed = body["view"]["state"]["values"]["name"]["value"]["value"]
    if typed != "checkout":
        ack(response_action="errors", errors={"name": "This is not its name."})
    else:
        ack()
    saw(submitted=typed)


@app.command("/dd0c")
def on_command(ack, body, respond):
    if body["text"] == "many":
        ack()
        for number in range(8):
            client.chat_postMessage(channel=CHANNEL, text=f"one of many: {number}")
        saw(many="posted")
        return
    ack(f"Heard: {body['text']}")
    respond(text="And by the response URL", response_type="ephemeral")
    saw(command=body["text"])


@app.event("app_mention")
def on_mention(body, say):
    event = body["event"]
    say(text="Here I am", thread_ts=event["ts"])
    saw(mentioned=event["text"])


def main():
    SocketModeHandler(app, os.environ["SLACK_APP_TOKEN"]).connect()
    who = client.auth_test()
    button = {"type": "button", "action_id": "step.approve", "value": "v1", "text": {"type": "plain_text", "text": "Go"}}
    posted = client.chat_postMessage(
        channel=CHANNEL, text="Approve?", blocks=[{"type": "actions", "block_id": "b", "elements": [button]}]
    )
    client.chat_update(channel=CHANNEL, ts=posted["ts"], text="Approve now?", blocks=posted["message"]["blocks"])
    saw(ready=posted["ts"], team=who["team_id"])
    # Whoever started this closes its input in the end.
    sys.stdin.read()
    os._exit(0)


main()
