//! The runbooks of a customer, ready to be ranked for any number of alerts.

use dd0c_types::{Alert, AlertChoice, MatchRule, ParsedRunbook, RankedRunbook, RunbookId, Sureness};

use crate::rank::{Candidate, Choice, Index, LEAST, MOST_OFFERED, Match, choose};

/// Runbooks whose words were counted once. No `Debug`: they hold commands.
pub struct Ranking {
    runbooks: Vec<(RunbookId, String)>,
    index: Index,
}

impl Candidate {
    /// A runbook as its latest version reads: titles and commands of its steps are its words.
    pub fn of(runbook: RunbookId, title: &str, parsed: &ParsedRunbook) -> Self {
        let mut text = String::new();
        for step in &parsed.steps {
            text.push_str(&step.title);
            text.push('\n');
            if let Some(command) = &step.command {
                text.push_str(command.text.reveal());
                text.push('\n');
            }
        }
        for prerequisite in &parsed.prerequisites {
            text.push_str(&prerequisite.text);
            text.push('\n');
        }
        Self { runbook: Some(runbook), title: title.to_owned(), text, ..Self::default() }
    }

    /// With tags and rules that people wrote.
    #[must_use]
    pub fn matched_by(self, tags: Vec<String>, rules: Vec<MatchRule>) -> Self {
        Self { tags, rules, ..self }
    }

    /// With a model's vector.
    #[must_use]
    pub fn with_vector(self, vector: Option<Vec<f32>>) -> Self {
        Self { vector, ..self }
    }
}

impl Ranking {
    /// Counts the words of every runbook; a candidate without an id is left out.
    pub fn new(mut candidates: Vec<Candidate>) -> Self {
        candidates.retain(|candidate| candidate.runbook.is_some());
        let index = Index::new(&candidates);
        let runbooks = candidates
            .into_iter()
            .filter_map(|candidate| Some((candidate.runbook?, candidate.title)))
            .collect();
        Self { runbooks, index }
    }

    /// Whether there is no runbook at all.
    pub fn is_empty(&self) -> bool {
        self.runbooks.is_empty()
    }

    /// What is said of an alert. Runbooks that people ruled out for it are neither chosen nor offered.
    pub fn choice(&self, alert: &Alert, vector: Option<&[f32]>, ruled_out: &[RunbookId]) -> AlertChoice {
        let mut ranked = self.index.rank(alert, vector);
        ranked.retain(|one| !ruled_out.contains(&self.runbooks[one.candidate].0));
        let sureness = match choose(&ranked) {
            Choice::Sure(_) => Sureness::Sure,
            Choice::Unsure(_) => Sureness::Unsure,
            Choice::Nothing => Sureness::Nothing,
        };
        let offered = ranked.into_iter().filter(|one| one.points >= LEAST).take(MOST_OFFERED);
        AlertChoice { sureness, ranked: offered.map(|one| self.named(one)).collect() }
    }

    /// What one runbook gets for an alert, however little; none when it shares nothing with it.
    pub fn points(&self, alert: &Alert, runbook: RunbookId) -> Option<RankedRunbook> {
        let ranked = self.index.rank(alert, None);
        let found = ranked.into_iter().find(|one| self.runbooks[one.candidate].0 == runbook);
        found.map(|one| self.named(one))
    }

    fn named(&self, one: Match) -> RankedRunbook {
        let (runbook, title) = &self.runbooks[one.candidate];
        RankedRunbook { runbook: *runbook, title: title.clone(), points: one.points, reasons: one.reasons }
    }
}

/// The runbook that a choice is sure of.
pub fn chosen(choice: &AlertChoice) -> Option<RunbookId> {
    match choice.sureness {
        Sureness::Sure => choice.ranked.first().map(|best| best.runbook),
        Sureness::Unsure | Sureness::Nothing => None,
    }
}
