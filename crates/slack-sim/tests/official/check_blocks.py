"""Holds messages, modals and homes against what Slack's own models and slackblocks take.

    check_blocks.py FOLDER

FOLDER has golden files: a header between two lines of `---`, then JSON. Each block goes through `slack_sdk.models` and
through `slackblocks`, which refuse what is too long, missing or misplaced. What a library does not know is counted, and
fails where neither knows it. Prints one line of JSON; the exit code says whether something was refused.
"""

import json
import pathlib
import sys

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block as SdkBlock
from slack_sdk.models.views import View as SdkView
import slackblocks

refused = []
counted = {"files": 0, "blocks": 0, "views": 0, "slack_sdk": 0, "slackblocks": 0}


def by_slack_sdk(block):
    parsed = SdkBlock.parse(block)
    if parsed is None or type(parsed) is SdkBlock:
        return False
    parsed.to_dict()
    return True


# slackblocks reads few blocks from JSON: they are built with its own constructors instead.
ELEMENTS = {
    "button": slackblocks.Button,
    "checkboxes": slackblocks.CheckboxGroup,
    "plain_text_input": slackblocks.PlainTextInput,
    "radio_buttons": slackblocks.RadioButtonGroup,
    "static_select": slackblocks.StaticSelectMenu,
}
BLOCKS = {
    "actions": slackblocks.ActionsBlock,
    "alert": slackblocks.AlertBlock,
    "context": slackblocks.ContextBlock,
    "divider": slackblocks.DividerBlock,
    "header": slackblocks.HeaderBlock,
    "input": slackblocks.InputBlock,
    "rich_text": slackblocks.RichTextBlock,
    "section": slackblocks.SectionBlock,
}


def rebuilt(value):
    """A JSON value as objects of slackblocks."""
    if isinstance(value, list):
        return [rebuilt(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    kind = value.get("type")
    if kind in ("plain_text", "mrkdwn"):
        type_ = slackblocks.TextType.PLAINTEXT if kind == "plain_text" else slackblocks.TextType.MARKDOWN
        return slackblocks.Text(value["text"], type_, value.get("emoji", False), value.get("verbatim", False))
    if kind == "rich_text_preformatted":
        return slackblocks.RichTextCodeBlock(rebuilt(value["elements"]), value.get("border"))
    if kind == "text":
        return slackblocks.RichText(value["text"])
    fields = {name: rebuilt(inner) for name, inner in value.items() if name != "type"}
    if kind is None:
        return (slackblocks.Option if "value" in value else slackblocks.ConfirmationDialogue)(**fields)
    return {**ELEMENTS, **BLOCKS}[kind](**fields)


def by_slackblocks(block):
    if block.get("type") not in BLOCKS:
        return False
    rebuilt(block)._resolve()
    return True


def check_block(where, block):
    counted["blocks"] += 1
    known = False
    for name, check in (("slack_sdk", by_slack_sdk), ("slackblocks", by_slackblocks)):
        try:
            if check(block):
                counted[name] += 1
                known = True
        except (SlackObjectFormationError, slackblocks.InvalidUsageError, KeyError, ValueError, TypeError) as error:
            refused.append(f"{where}: {name}: {type(error).__name__}: {error}")
    if not known:
        refused.append(f"{where}: neither knows a block of type {block.get('type')}")


def check_view(where, view):
    counted["views"] += 1
    try:
        SdkView(**{k: v for k, v in view.items() if k != "submit_disabled"}).to_dict()
    except (SlackObjectFormationError, ValueError, TypeError) as error:
        refused.append(f"{where}: slack_sdk: {type(error).__name__}: {error}")


def payloads(value):
    """Everything with blocks in it, however deep it stands."""
    if isinstance(value, dict):
        if isinstance(value.get("blocks"), list):
            yield value
        for inner in value.values():
            yield from payloads(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from payloads(inner)


def main():
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*.snap")):
        counted["files"] += 1
        content = path.read_text(encoding="utf-8").split("\n---\n", 1)[1]
        content = json.loads(content)
        found = list(payloads(content))
        if not found and "errors" not in content:
            refused.append(f"{path.name}: has no blocks")
        for payload in found:
            if payload.get("type") in ("modal", "home"):
                check_view(path.name, payload)
            for number, block in enumerate(payload["blocks"]):
                check_block(f"{path.name} block {number} ({block.get('type')})", block)
    print(json.dumps({**counted, "refused": refused}))
    sys.exit(1 if refused else 0)


main()
