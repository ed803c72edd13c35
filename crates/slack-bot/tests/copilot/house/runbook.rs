//! Runbooks of tests.

use dd0c_types::runbook::{
    Branch, CommandSource, Fidelity, Format, ParsedRunbook, Prerequisite, Rollback, RollbackOrigin, Source,
    Span, Step, StepCommand, StepKind, Timings, Variable, VariableKind,
};
use dd0c_types::{Command, StepId};
use uuid::Uuid;

/// A command that asks with one press, and one that asks for a name.
pub(crate) const SAFE_RED: [&str; 2] = ["systemctl restart nginx", "rm -rf /srv/cache"];

/// What a test's runbook says.
#[derive(Default)]
pub(crate) struct Written<'w> {
    pub(crate) title: &'w str,
    pub(crate) commands: &'w [&'w str],
    /// The inverse of the first command.
    pub(crate) rollback: Option<&'w str>,
    pub(crate) variables: &'w [&'w str],
    pub(crate) prerequisites: &'w [&'w str],
    /// A step for a person, behind the commands.
    pub(crate) by_hand: Option<&'w str>,
    /// A choice, before everything else.
    pub(crate) choice: Option<&'w str>,
}

impl<'w> Written<'w> {
    pub(crate) fn of(commands: &'w [&'w str]) -> Self {
        Self { title: "Checkout 5xx: drain bad pods", commands, ..Self::default() }
    }

    pub(crate) fn parsed(&self) -> ParsedRunbook {
        let mut steps: Vec<Step> = Vec::new();
        if let Some(condition) = self.choice {
            let mut step = blank(1, condition, StepKind::Decision);
            step.branch = Some(Branch { condition: condition.to_owned(), then: Some(2), otherwise: Some(3) });
            steps.push(step);
        }
        for command in self.commands {
            let mut step = blank(steps.len() + 1, &format!("Do {command}"), StepKind::Command);
            step.command = Some(StepCommand {
                text: Command::new(*command),
                language: "bash".to_owned(),
                source: CommandSource { start: 0, end: 1, line: 1 },
                fidelity: Fidelity::Verbatim,
                context: None,
            });
            step.uses = self.variables.iter().map(|name| (*name).to_owned()).collect();
            steps.push(step);
        }
        if let (Some(rollback), Some(first)) =
            (self.rollback, steps.iter_mut().find(|step| step.command.is_some()))
        {
            first.rollback = Some(Rollback { text: Command::new(rollback), origin: RollbackOrigin::Runbook });
        }
        if let Some(sentence) = self.by_hand {
            steps.push(blank(steps.len() + 1, sentence, StepKind::Manual));
        }
        let span = Span { start: 0, end: 1 };
        let variable = |name: &&str| Variable {
            name: (*name).to_owned(),
            placeholder: format!("<{name}>"),
            style: "angle".to_owned(),
            kind: VariableKind::Input,
            occurrences: vec![span],
            set_by: None,
        };
        let prerequisite = |text: &&str| Prerequisite { text: (*text).to_owned(), source: span, step: None };
        ParsedRunbook {
            schema: dd0c_types::runbook::SCHEMA.to_owned(),
            title: self.title.to_owned(),
            source: Source { sha256: "0".repeat(64), bytes: 1, format: Format::Markdown },
            extracted_by: "structure".to_owned(),
            models: Vec::new(),
            has_actionable_steps: true,
            prerequisites: self.prerequisites.iter().map(prerequisite).collect(),
            variables: self.variables.iter().map(variable).collect(),
            steps,
            ambiguities: Vec::new(),
            warnings: Vec::new(),
            timings_ms: Timings::default(),
        }
    }
}

fn blank(order: usize, title: &str, kind: StepKind) -> Step {
    Step {
        id: StepId::from_uuid(Uuid::now_v7()),
        order: u32::try_from(order).expect("few steps"),
        title: title.to_owned(),
        kind,
        command: None,
        group: u32::try_from(order).expect("few steps"),
        sets: Vec::new(),
        uses: Vec::new(),
        rollback: None,
        hazards: Vec::new(),
        branch: None,
        vague: false,
        classification: None,
    }
}
