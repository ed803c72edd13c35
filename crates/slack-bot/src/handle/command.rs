//! `/dd0c …`, the same after a mention, and the message shortcuts.

use dd0c_proto::engine::v1::Unlisted;
use dd0c_proto::engine::v1::decide_request::Decision;
use dd0c_store::slack::messages;
use dd0c_store::{agents, panic};
use dd0c_types::{Command, ExecutionId};

use super::{HandleError, Scene, press, reply, start};
use crate::card::{self, ReviewerWord, Why};
use crate::incoming::Typed;
use crate::reference::Reference;

/// A slash command.
pub(super) async fn typed(scene: &Scene, typed: &Typed, delivery: &str) -> Result<(), HandleError> {
    let (word, rest) = split(&typed.text);
    if word == "run" {
        return run(scene, rest, &typed.trigger, delivery).await;
    }
    common(scene, word, rest).await
}

/// A mention. In the thread of a run, `run` means a command that the runbook does not list.
pub(super) async fn mentioned(scene: &Scene, typed: &Typed, delivery: &str) -> Result<(), HandleError> {
    let (word, rest) = split(&typed.text);
    if word != "run" {
        return common(scene, word, &unescaped(rest).unwrap_or_default()).await;
    }
    let execution = if typed.thread_ts.is_empty() { None } else { run_of_thread(scene, typed).await? };
    let Some(execution) = execution else { return run(scene, rest, "", delivery).await };
    let Some(command) = unescaped(rest).filter(|command| !command.is_empty()) else {
        let says = "Slack changed what you typed (a link or a mention), so it is not known what you meant. \
                    Put the command between backticks and send it again. Nothing was added.";
        return scene.say(says).await;
    };
    match scene.ask(execution, None, Decision::Unlisted(Unlisted { command })).await {
        Ok(_) => Ok(()),
        Err(status) => scene.refused(None, &status).await,
    }
}

/// A shortcut on a message.
pub(super) async fn shortcut(
    scene: &Scene,
    callback: &str,
    trigger: &str,
    text: &str,
) -> Result<(), HandleError> {
    match callback {
        "run_on_message" => start::pick(scene, trigger).await,
        "explain_command" => explain(scene, trigger, text).await,
        _ => Ok(()),
    }
}

async fn common(scene: &Scene, word: &str, rest: &str) -> Result<(), HandleError> {
    match word {
        "panic" => press::halt(scene, rest).await,
        "status" => status(scene).await,
        "agents" => show_agents(scene).await,
        "link" => {
            let member = &scene.who.member;
            let says = format!(
                "You are linked as {} ({}). There is nothing to do.",
                member.email,
                member.role.word()
            );
            scene.say(&says).await
        }
        _ => scene.show(&card::help(&scene.bot.urls.home())).await,
    }
}

async fn run(scene: &Scene, words: &str, trigger: &str, delivery: &str) -> Result<(), HandleError> {
    let found = if words.is_empty() { Vec::new() } else { start::named(scene, words).await? };
    match found.as_slice() {
        [(runbook, version)] => {
            let reference = Reference::Runbook { runbook: *runbook, version: *version };
            start::begin(scene, reference, trigger, delivery).await
        }
        _ if !trigger.is_empty() => start::pick(scene, trigger).await,
        [] => {
            scene
                .say("No runbook of that name is known. `/dd0c run` shows all of them. Nothing was started.")
                .await
        }
        _ => scene
            .say("Several runbooks have these words in their title. Write more of it. Nothing was started.")
            .await,
    }
}

async fn status(scene: &Scene) -> Result<(), HandleError> {
    let (runs, waiting) = reply::live(&scene.bot, &scene.place).await?;
    let mut tx = scene.bot.store.tenant(scene.place.tenant).await?;
    let halted = panic::get(&mut tx).await?.halted;
    drop(tx);
    let waiting = u32::try_from(waiting.len()).unwrap_or(u32::MAX);
    scene.show(&card::status(&runs, waiting, halted, &scene.bot.urls.home())).await
}

async fn show_agents(scene: &Scene) -> Result<(), HandleError> {
    let mut tx = scene.bot.store.tenant(scene.place.tenant).await?;
    let known = agents::list(&mut tx).await?;
    drop(tx);
    let known: Vec<(String, bool)> = known
        .into_iter()
        .filter(|agent| agent.revoked_at.is_none())
        .map(|agent| (agent.name, agent.connected))
        .collect();
    scene.show(&card::agents(&known, &scene.bot.urls.home())).await
}

/// By the scanner alone; nothing is stored and nothing is run.
async fn explain(scene: &Scene, trigger: &str, text: &str) -> Result<(), HandleError> {
    let text = unescaped(text.trim()).unwrap_or_else(|| text.trim().to_owned());
    let command = Command::new(text.trim_matches('`'));
    let verdict = dd0c_classifier::classify(&command, "bash", None);
    let why = verdict.scanner.findings.first().map(|finding| Why {
        reason: finding.why.clone(),
        rule: Some(finding.rule.clone()),
        matched: None,
        reviewer: ReviewerWord::Silent,
    });
    let modal = card::explain_modal(&command, verdict.risk.into(), why.as_ref(), &scene.bot.urls.home());
    scene.open_with(trigger, &modal).await.map(drop)
}

async fn run_of_thread(scene: &Scene, typed: &Typed) -> Result<Option<ExecutionId>, HandleError> {
    let mut tx = scene.bot.store.tenant(scene.place.tenant).await?;
    let workspace = scene.place.workspace.id;
    Ok(messages::thread_of(&mut tx, workspace, &typed.channel, &typed.thread_ts).await?)
}

/// The first word, and what follows it to the byte.
fn split(text: &str) -> (&str, &str) {
    let text = text.trim();
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (word, rest.trim())
}

/// What a person typed, from what Slack made of it: `&amp;`, `&lt;` and `&gt;` are read back, an address that Slack marked
/// as a link is read as it was typed, and backticks around the whole are taken off. None when something stands in it that
/// cannot be read back, such as a mention.
fn unescaped(text: &str) -> Option<String> {
    let text = text.trim();
    let inner = text.strip_prefix("```").and_then(|rest| rest.strip_suffix("```"));
    let inner = inner.or_else(|| text.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')));
    let mut left = inner.unwrap_or(text).trim();
    let mut read = String::with_capacity(left.len());
    while let Some((before, rest)) = left.split_once('<') {
        let (link, after) = rest.split_once('>')?;
        read.push_str(before);
        read.push_str(typed_address(link)?);
        left = after;
    }
    read.push_str(left);
    Some(read.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
}

/// `https://x` was typed with its scheme; `http://x|x` without one: Slack added it.
fn typed_address(link: &str) -> Option<&str> {
    let is_address = link.starts_with("https://") || link.starts_with("http://");
    match link.split_once('|') {
        None => is_address.then_some(link),
        Some((address, label)) => {
            let bare = address.split_once("://").map(|(_, bare)| bare.trim_end_matches('/'));
            (is_address && (label == address || bare == Some(label.trim_end_matches('/')))).then_some(label)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_read_back_as_it_was_typed() {
        for (slack, typed) in [
            ("kubectl get pods", "kubectl get pods"),
            ("a &amp;&amp; b &gt; c", "a && b > c"),
            ("`rm -rf /srv/x`", "rm -rf /srv/x"),
            ("```echo 1```", "echo 1"),
            ("curl <https://example.org/a>", "curl https://example.org/a"),
            ("ping <http://example.org|example.org>", "ping example.org"),
            ("echo &amp;lt;", "echo &lt;"),
        ] {
            assert_eq!(unescaped(slack).as_deref(), Some(typed), "{slack}");
        }
    }

    #[test]
    fn what_cannot_be_read_back_is_refused_rather_than_guessed() {
        for slack in [
            "echo <@U0RILEY>",
            "echo <!here>",
            "echo <#C1|general>",
            "curl <https://example.org|another.example>",
            "mail <mailto:a@b.c|a@b.c>",
            "echo <half",
        ] {
            assert_eq!(unescaped(slack), None, "{slack}");
        }
    }

    #[test]
    fn the_first_word_is_the_command_and_the_rest_stays_whole() {
        assert_eq!(split("  run   kubectl  get pods "), ("run", "kubectl  get pods"));
        assert_eq!(split("panic"), ("panic", ""));
        assert_eq!(split(""), ("", ""));
    }
}
