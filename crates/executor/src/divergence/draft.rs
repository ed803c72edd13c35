//! The text of a runbook with what a run did taken over: edits at the places of commands and nowhere else.

use std::ops::Range;

use dd0c_types::divergence::{DivergenceItem, Suggestion};
use dd0c_types::runbook::{ParsedRunbook, Step};
use dd0c_types::{Command, StepId};
use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::edits::{self, Edit};
use super::place::Place;
use super::words;

/// A text that nobody has published. No `Debug`: it holds commands.
#[derive(Clone, PartialEq, Eq)]
pub struct Draft {
    /// The whole new text.
    pub text: String,
    /// What could not be taken over.
    pub left_out: Vec<LeftOut>,
    /// The commands that the new text must read as, in order. One that reads otherwise was not changed as meant.
    pub commands: Vec<Command>,
}

/// A change that was asked for and not made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The step of the run.
    pub step: StepId,
    /// Why, in words for people.
    pub reason: &'static str,
}

/// Takes over what `items` suggest into `text`, of which `parsed` was made. Everything else keeps its bytes.
pub fn draft(text: &str, parsed: &ParsedRunbook, items: &[&DivergenceItem]) -> Draft {
    let mut commands: Vec<Line> = parsed
        .steps
        .iter()
        .map(|step| Line {
            step: step.id,
            command: step.command.as_ref().map(|command| command.text.clone()),
        })
        .collect();
    let mut made: Vec<Edit> = Vec::new();
    let mut left_out = Vec::new();
    for item in items {
        match change(text, parsed, item, &made) {
            Ok((edit, command)) => {
                made.push(edit);
                note(&mut commands, parsed, item, command);
            }
            Err(reason) => left_out.push(LeftOut { step: item.step_id, reason }),
        }
    }
    let commands = commands.into_iter().filter_map(|line| line.command).collect();
    Draft { text: edits::apply(text, made), left_out, commands }
}

/// A step of the new text, as it should read.
struct Line {
    step: StepId,
    command: Option<Command>,
}

/// One change as an edit, and the command that then stands there.
fn change(
    text: &str,
    parsed: &ParsedRunbook,
    item: &DivergenceItem,
    made: &[Edit],
) -> Result<(Edit, Option<Command>), &'static str> {
    let suggestion = item.suggestion.ok_or("There is nothing to take over from this step.")?;
    let actual = item.actual.as_ref().ok_or("This step has no command.");
    let (edit, command) = match suggestion {
        Suggestion::Replace => {
            let step = found(parsed, item.step_id)?;
            let new = as_written(step, item)?;
            (place(text, parsed, step)?.replace(&new)?, Some(Command::new(new)))
        }
        Suggestion::Remove => (place(text, parsed, found(parsed, item.step_id)?)?.remove()?, None),
        Suggestion::Insert => {
            let actual = actual?;
            let edit = match anchor(parsed, item) {
                Some(step) => place(text, parsed, step)?.insert_behind(actual.reveal())?,
                None => {
                    let first = parsed.steps.iter().find(|step| step.command.is_some());
                    let first = first.ok_or("The runbook has no command to stand before.")?;
                    place(text, parsed, first)?.insert_before(actual.reveal())?
                }
            };
            (edit, Some(actual.clone()))
        }
    };
    if made.iter().any(|other| edits::collide(other, &edit)) {
        return Err("It stands where another ticked change is made. Take them over one after the other.");
    }
    Ok((edit, command))
}

fn note(commands: &mut Vec<Line>, parsed: &ParsedRunbook, item: &DivergenceItem, command: Option<Command>) {
    if item.suggestion != Some(Suggestion::Insert) {
        for line in commands.iter_mut().filter(|line| line.step == item.step_id) {
            line.command.clone_from(&command);
        }
        return;
    }
    let after = anchor(parsed, item).and_then(|step| commands.iter().position(|line| line.step == step.id));
    let mut at = after.map_or(0, |at| at + 1);
    // Behind what was taken in at the same place before.
    while commands.get(at).is_some_and(|line| parsed.steps.iter().all(|step| step.id != line.step)) {
        at += 1;
    }
    commands.insert(at, Line { step: item.step_id, command });
}

fn found(parsed: &ParsedRunbook, id: StepId) -> Result<&Step, &'static str> {
    parsed.steps.iter().find(|step| step.id == id).ok_or("This version of the runbook has no such step.")
}

fn place<'t>(text: &'t str, parsed: &ParsedRunbook, step: &Step) -> Result<Place<'t>, &'static str> {
    let source = step.command.as_ref().ok_or("This step has no command in the text.")?.source;
    let span: Range<usize> = source.start..source.end;
    Place::of(text, parsed.source.format, span).ok_or("Its place in the text cannot be found.")
}

/// The step with a command behind which an unlisted one comes: the one it followed, or the last before that.
fn anchor<'p>(parsed: &'p ParsedRunbook, item: &DivergenceItem) -> Option<&'p Step> {
    let after = item.unlisted.as_ref().and_then(|unlisted| unlisted.after)?;
    let at = parsed.steps.iter().position(|step| step.id == after)?;
    parsed.steps[..=at].iter().rev().find(|step| step.command.is_some())
}

/// The command that ran, with the runbook's placeholders where their values were not touched.
fn as_written(step: &Step, item: &DivergenceItem) -> Result<String, &'static str> {
    let template = step.command.as_ref().map(|command| command.text.reveal());
    let (Some(template), Some(bound), Some(actual)) = (template, &item.prescribed, &item.actual) else {
        return Err("This step has no command.");
    };
    let (bound, actual) = (bound.reveal(), actual.reveal());
    let (old, values, new) = (words(template), words(bound), words(actual));
    if old.len() != values.len() {
        return Ok(actual.to_owned());
    }
    let take = |op: &DiffOp| match *op {
        DiffOp::Equal { old_index, len, .. } => old[old_index..old_index + len].concat(),
        DiffOp::Insert { new_index, new_len, .. } | DiffOp::Replace { new_index, new_len, .. } => {
            new[new_index..new_index + new_len].concat()
        }
        DiffOp::Delete { .. } => String::new(),
    };
    Ok(capture_diff_slices(Algorithm::Myers, &values, &new).iter().map(take).collect())
}
