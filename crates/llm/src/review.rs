//! The second key: what a model is told of a command, and what of its answer counts.

use dd0c_classifier::{Language, scan_in};
use dd0c_types::runbook::{ParsedRunbook, Step};
use dd0c_types::{ReviewerKind, ReviewerVerdict, Risk, ScannerRisk};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::grounded::{Words, line};
use crate::page::sent_line;
use crate::{mask, prompt};

/// Steps before and after that are told of.
const NEIGHBOURS: usize = 3;
/// Most bytes of a neighbour's command.
const NEIGHBOUR_BYTES: usize = 240;
/// Most bytes of a command that is sent; a longer one gets no verdict.
const COMMAND_BYTES: usize = 6_000;
const REASON: usize = 300;
/// Verbs that no suggestion of a model brings in, whatever the scanner says of their object.
const DESTROYS: [&str; 10] =
    ["delete", "remove", "rm", "destroy", "drop", "purge", "truncate", "wipe", "kill", "terminate"];

/// What a model answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewAnswer {
    /// How much harm the command can do.
    pub risk: RiskLabel,
    /// Between 0 and 1.
    pub confidence: f64,
    /// Why, in one sentence.
    pub reason: String,
    /// The command that undoes it, or empty.
    pub rollback: String,
}

/// How much harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RiskLabel {
    /// Reads only.
    Safe,
    /// Changes something, or nobody is sure.
    Caution,
    /// Destroys, or cannot be undone.
    Dangerous,
}

/// What is told of a command. No `Debug`: it holds the command.
#[derive(Clone, PartialEq, Eq)]
pub struct Case {
    data: String,
    command: String,
}

impl Case {
    /// The case of the step at `index`. None when it has no command, or one that is not sent: too long, or with what
    /// looks like a secret in it. Such a command has no second key.
    pub fn of(runbook: &ParsedRunbook, index: usize) -> Option<Self> {
        let step = runbook.steps.get(index)?;
        let command = step.command.as_ref()?;
        let text = command.text.reveal();
        if text.len() > COMMAND_BYTES || !mask::mask(text).is_empty() {
            return None;
        }
        let mut data = format!("page: {}\n", shown(&runbook.title));
        data += &format!("programs of the page: {}\n", shown(&programs(runbook)));
        for prerequisite in runbook.prerequisites.iter().take(5) {
            data += &format!("needs: {}\n", shown(&prerequisite.text));
        }
        for before in runbook.steps[..index].iter().rev().take(NEIGHBOURS).rev() {
            data += &neighbour("before", before);
        }
        data += &format!("step: {}\n", shown(&step.title));
        data += &format!("language: {}\n", command.language);
        if let Some(place) = &command.context {
            data += &format!("runs on: {}\n", shown(place));
        }
        for line in text.lines() {
            data += &format!("command| {}\n", sent_line(line, COMMAND_BYTES));
        }
        for after in runbook.steps[index + 1..].iter().take(NEIGHBOURS) {
            data += &neighbour("after", after);
        }
        Some(Self { data, command: text.to_owned() })
    }

    /// The case of a single command, with `context` in somebody's words.
    pub fn alone(command: &str, language: &str, context: &str) -> Option<Self> {
        if command.len() > COMMAND_BYTES || !mask::mask(command).is_empty() {
            return None;
        }
        let mut data = format!("language: {language}\n");
        if !context.trim().is_empty() {
            data += &format!("context: {}\n", shown(context));
        }
        for line in command.lines() {
            data += &format!("command| {}\n", sent_line(line, COMMAND_BYTES));
        }
        Some(Self { data, command: command.to_owned() })
    }

    /// SHA-256 of everything that is told.
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(self.data.as_bytes()).into()
    }

    /// The data between two lines with `mark`.
    pub fn question(&self, mark: &str) -> String {
        prompt::fenced(&self.data, mark)
    }

    /// The verdict that an answer stands for, before low confidence escalates it: the merge rules do that.
    pub fn verdict(&self, model: &str, language: &str, answer: &ReviewAnswer) -> ReviewerVerdict {
        ReviewerVerdict {
            kind: ReviewerKind::Llm,
            model: model.to_owned(),
            risk: match answer.risk {
                RiskLabel::Safe => Risk::Safe,
                RiskLabel::Caution => Risk::Caution,
                RiskLabel::Dangerous => Risk::Dangerous,
            },
            confidence: answer.confidence,
            escalated: false,
            reason: line(&answer.reason, REASON)
                .unwrap_or_else(|| "It gave no reason that can be shown.".to_owned()),
            rollback: self.rollback(language, &answer.rollback),
        }
    }

    /// A suggested rollback counts when the scanner knows it, it destroys nothing, and it is made of this command's
    /// words: the same program on the same objects, with at most one other verb.
    fn rollback(&self, language: &str, text: &str) -> Option<String> {
        let text = line(text, REASON)?;
        let words = Words::of([self.command.as_str()]);
        let tokens: Vec<&str> = text.split_whitespace().collect();
        let mut own = self.command.split_whitespace();
        let is_verb = |token: &str| token.chars().all(|c| c.is_ascii_lowercase());
        let fits = |(at, token): (usize, &&str)| match at {
            0 => own.any(|word| word == *token),
            at => words.has(token) || at <= 4 && is_verb(token),
        };
        let strange = tokens.iter().skip(1).filter(|token| !words.has(token)).count();
        let made_of_it = strange <= 1 && tokens.iter().enumerate().all(fits);
        let destroys = tokens.iter().any(|token| DESTROYS.contains(token));
        let joined = text.contains(['|', ';', '&', '>', '<', '$', '`', '(', ')']);
        let known = matches!(
            scan_in(&text, Language::from_name(language)).verdict.risk,
            ScannerRisk::Safe | ScannerRisk::Caution
        );
        (made_of_it && !destroys && !joined && known && text != self.command.trim()).then_some(text)
    }
}

/// Reads an answer: all of it, or nothing.
///
/// # Errors
/// Why it cannot be used, without quoting it.
pub fn read(text: &str) -> Result<ReviewAnswer, String> {
    let answer: ReviewAnswer = serde_json::from_str(text)
        .map_err(|error| format!("not of the schema (line {}, column {})", error.line(), error.column()))?;
    if !(0.0..=1.0).contains(&answer.confidence) {
        return Err("its confidence is not between 0 and 1".to_owned());
    }
    if answer.reason.len() > 4 * REASON || answer.rollback.len() > 4 * REASON {
        return Err("its words are too many".to_owned());
    }
    Ok(answer)
}

fn shown(text: &str) -> String {
    sent_line(text, NEIGHBOUR_BYTES)
}

fn neighbour(place: &str, step: &Step) -> String {
    let command = step
        .command
        .as_ref()
        .map_or_else(String::new, |command| format!(": {}", shown(command.text.reveal())));
    format!("{place}: {}{command}\n", shown(&step.title))
}

/// The first words of the page's commands, each once: what the infrastructure is made of.
fn programs(runbook: &ParsedRunbook) -> String {
    let mut names: Vec<&str> = Vec::new();
    for command in runbook.steps.iter().filter_map(|step| step.command.as_ref()) {
        if let Some(name) =
            command.text.reveal().split_whitespace().next().filter(|name| !names.contains(name))
        {
            names.push(name);
        }
    }
    names.truncate(20);
    names.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(rollback: &str) -> ReviewAnswer {
        ReviewAnswer {
            risk: RiskLabel::Caution,
            confidence: 0.95,
            reason: "It stops new pods.".into(),
            rollback: rollback.into(),
        }
    }

    fn rollback(command: &str, suggested: &str) -> Option<String> {
        Case::alone(command, "bash", "").unwrap().verdict("m", "bash", &answer(suggested)).rollback
    }

    #[test]
    fn a_rollback_is_the_same_program_on_the_same_objects() {
        assert_eq!(
            rollback("kubectl cordon node-7", "kubectl uncordon node-7").as_deref(),
            Some("kubectl uncordon node-7")
        );
        assert_eq!(
            rollback("systemctl stop nginx", "systemctl start nginx").as_deref(),
            Some("systemctl start nginx")
        );
        for (command, suggested) in [
            ("kubectl cordon node-7", "rm -rf /"),
            ("kubectl cordon node-7", "kubectl delete node-7"),
            ("kubectl cordon node-7", "kubectl uncordon node-8"),
            ("kubectl cordon node-7", "kubectl uncordon node-7; reboot"),
            ("systemctl stop nginx", "systemctl start sshd postgresql"),
            ("./deploy.sh prod", "./deploy.sh undo"),
            ("ls", ""),
        ] {
            assert_eq!(rollback(command, suggested), None, "{suggested}");
        }
    }

    #[test]
    fn an_answer_is_read_strictly() {
        let good = r#"{"risk":"safe","confidence":0.95,"reason":"Reads.","rollback":""}"#;
        assert!(read(good).is_ok());
        for bad in [
            "",
            "safe",
            r#"{"risk":"safe"}"#,
            r#"{"risk":"none","confidence":0.95,"reason":"x","rollback":""}"#,
            r#"{"risk":"safe","confidence":1.5,"reason":"x","rollback":""}"#,
            r#"{"risk":"safe","confidence":"high","reason":"x","rollback":""}"#,
            r#"{"risk":"safe","confidence":0.9,"reason":"x","rollback":"","command":"ls"}"#,
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_command_with_a_secret_is_not_sent_and_has_no_second_key() {
        assert!(Case::alone("mysql --password=correcthorse1", "bash", "").is_none());
    }
}
