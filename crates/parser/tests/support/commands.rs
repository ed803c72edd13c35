//! The commands of a page.

/// The commands of a page, in order; none when it is refused.
pub(crate) fn commands_of(text: &str) -> Vec<String> {
    let Ok(runbook) = dd0c_parser::outline(text, None) else { return Vec::new() };
    let commands = runbook.steps.iter().filter_map(|step| step.command.as_ref());
    commands.map(|command| command.text.reveal().to_owned()).collect()
}
