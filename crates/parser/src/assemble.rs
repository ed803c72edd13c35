//! The last stage: drafts get their order and ids, variables their places, and everything its source.

use std::collections::{BTreeMap, BTreeSet};

use dd0c_types::runbook::{
    Ambiguity, CommandSource, Fidelity, ParsedRunbook, Prerequisite, Rollback, RollbackOrigin, SCHEMA,
    Source, Step, StepCommand, Timings, Variable, Warning,
};
use dd0c_types::{Command, Span, StepId};
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

use crate::candidates::Statement;
use crate::document::{BlockKind, Document};
use crate::drafts::{Draft, Drafts};
use crate::hazards;
use crate::mapped::Mapped;
use crate::secrets;
use crate::titles;
use crate::variables::{self, Occurrence, Place, sets};
use crate::ways;

/// What is put together.
pub(crate) struct Parts<'t> {
    pub(crate) text: &'t str,
    pub(crate) title: Option<&'t str>,
    pub(crate) source: Source,
    pub(crate) document: Document,
    pub(crate) drafts: Drafts,
}

/// Puts a runbook together.
pub(crate) fn runbook(parts: Parts<'_>) -> ParsedRunbook {
    let Parts { text, title, source, document, drafts } = parts;
    let ids: Vec<StepId> =
        drafts.steps.iter().zip(1..).map(|(draft, order)| step_id(&source.sha256, order, draft)).collect();
    let variables = variables(&document, &drafts, &ids);
    let lines = Lines::of(text);
    let places = Places::of(&variables);
    let page = Page { text, lines: &lines, places: &places, variables: &variables };
    let ambiguities = ambiguities(&drafts);
    let (ways, mut warnings) = ways::of(&drafts.steps, &document);
    warnings.extend(secrets_in_text(&document));
    let prerequisites = drafts
        .requirements
        .iter()
        .map(|found| Prerequisite {
            text: found.text.clone(),
            source: found.source,
            step: found.draft.and_then(|at| ids.get(at)).copied(),
        })
        .collect();
    let steps: Vec<Step> = drafts
        .steps
        .into_iter()
        .zip(&ids)
        .zip(ways)
        .zip(1..)
        .map(|(((draft, id), way), order)| Step { branch: way, ..step(&page, draft, *id, order) })
        .collect();
    warnings.extend(length(&steps));
    ParsedRunbook {
        schema: SCHEMA.to_owned(),
        title: title.map_or_else(|| page_title(&document), str::to_owned),
        source,
        extracted_by: "structure".to_owned(),
        models: Vec::new(),
        has_actionable_steps: !steps.is_empty(),
        prerequisites,
        variables,
        ambiguities,
        warnings,
        steps,
        timings_ms: Timings::default(),
    }
}

/// The page's own title, its first heading, or its first words.
fn page_title(document: &Document) -> String {
    let heading = |level: u8| {
        document.blocks.iter().find(|block| matches!(block.kind, BlockKind::Heading(found) if found <= level))
    };
    let named = document.title.clone().filter(|title| !title.trim().is_empty());
    let block = heading(1).or_else(|| heading(6)).or_else(|| document.blocks.first());
    named
        .or_else(|| block.map(|block| titles::tidy(block.text.text().lines().next().unwrap_or_default())))
        .unwrap_or_default()
}

/// The same text gives the same id: a UUID of version 8 from the SHA-256 of what the step is.
fn step_id(sha256: &str, order: u32, draft: &Draft) -> StepId {
    let body = draft.statement.as_ref().map_or(draft.title.as_str(), |statement| statement.text.text());
    let mut hasher = Sha256::new();
    for part in ["dd0c.step/v1", sha256, &order.to_string(), body] {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    let digest = hasher.finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    let uuid: Uuid = Builder::from_custom_bytes(bytes).into_uuid();
    StepId::from_uuid(uuid)
}

fn step(page: &Page<'_>, draft: Draft, id: StepId, order: u32) -> Step {
    let Page { text, lines, places, variables } = page;
    let statement = draft.statement.as_ref();
    let body = statement.map_or("", |statement| statement.text.text());
    let language = statement.map_or("bash", |statement| statement.language);
    let span = statement.map(|statement| statement.text.whole());
    let uses = span.map_or_else(Vec::new, |span| places.within(span, variables));
    Step {
        id,
        order,
        title: draft.title,
        kind: draft.kind,
        command: statement.map(|statement| command(text, lines, statement, &draft.words)),
        group: draft.group,
        sets: sets::sets(body, language).into_iter().collect(),
        uses,
        rollback: draft.rollback.as_ref().map(|way_back| Rollback {
            text: Command::new(way_back.text.text()),
            origin: RollbackOrigin::Runbook,
        }),
        hazards: if statement.is_some() { hazards::of(body, language, &draft.words) } else { Vec::new() },
        branch: None,
        vague: draft.doubt.is_some(),
        classification: None,
    }
}

fn command(text: &str, lines: &Lines, statement: &Statement, words: &str) -> StepCommand {
    let span = statement.text.whole();
    let verbatim = span.slice(text) == Some(statement.text.text());
    StepCommand {
        text: Command::new(statement.text.text()),
        language: statement.language.to_owned(),
        source: CommandSource { start: span.start, end: span.end, line: lines.line(span.start) },
        fidelity: if verbatim { Fidelity::Verbatim } else { Fidelity::Normalised },
        context: statement.context.clone().or_else(|| place_of(words)),
    }
}

/// `On the bootstrap node, …`: where the words say it runs.
fn place_of(words: &str) -> Option<String> {
    let lower = words.to_ascii_lowercase();
    let rest =
        ["on the ", "on a ", "from the ", "from a ", "inside the ", "on each ", "on every ", "on your "]
            .iter()
            .find(|opener| lower.starts_with(**opener))
            .map(|opener| &words[opener.len()..])?;
    let place = rest.split([',', ':', '.', ';']).next()?.trim();
    let short = !place.is_empty() && place.split_whitespace().count() <= 5 && place.len() < rest.trim().len();
    short.then(|| place.to_owned())
}

fn ambiguities(drafts: &Drafts) -> Vec<Ambiguity> {
    let numbered = drafts.steps.iter().zip(1..);
    numbered
        .filter_map(|(draft, order)| {
            let doubt = draft.doubt.clone()?;
            Some(Ambiguity {
                step: Some(order),
                text: draft.words.clone(),
                source: draft.source,
                reason: doubt.reason,
                question: doubt.question,
            })
        })
        .collect()
}

fn length(steps: &[Step]) -> Option<Warning> {
    let without = steps.iter().filter(|step| step.command.is_none()).count();
    (steps.len() > 200).then(|| Warning {
        code: "many_steps".to_owned(),
        text: format!(
            "{} steps, {without} of them without a command. A page this long is easier to run in parts.",
            steps.len()
        ),
        source: None,
    })
}

/// Secrets that stand in the page, each with its place.
fn secrets_in_text(document: &Document) -> Vec<Warning> {
    let mut found = Vec::new();
    for block in &document.blocks {
        let places = secrets::places(block.text.text());
        found.extend(places.into_iter().take(SECRETS_CAP).map(|range| {
            Warning {
            code: "secret_in_text".to_owned(),
            text: "A secret stands in the text. Replace it by a placeholder, and change it where it is used."
                .to_owned(),
            source: Some(block.text.span(range)),
        }
        }));
    }
    found.truncate(SECRETS_CAP);
    found
}

/// More secrets than these are not listed one by one.
const SECRETS_CAP: usize = 50;

/// The variables of the page: in its commands first of all, then in what else is written in it.
fn variables(document: &Document, drafts: &Drafts, ids: &[StepId]) -> Vec<Variable> {
    let mut occurrences = Vec::new();
    let mut assigned: BTreeMap<String, StepId> = BTreeMap::new();
    let mut internal: BTreeSet<String> = BTreeSet::new();
    let mut covered: Vec<Span> = Vec::new();
    for (draft, id) in drafts.steps.iter().zip(ids) {
        for statement in draft.statement.iter().chain(&draft.rollback) {
            let body = statement.text.text();
            for name in sets::sets(body, statement.language) {
                assigned.entry(name).or_insert(*id);
            }
            internal.extend(sets::internal(body));
            let place = if matches!(statement.language, "bash" | "powershell") {
                Place::Shell
            } else {
                Place::Statement
            };
            gather(&statement.text, place, &mut occurrences);
            covered.push(statement.text.whole());
        }
    }
    covered.sort();
    for block in &document.blocks {
        let Some(place) = place(&block.kind) else { continue };
        outside(&block.text, place, &covered, &mut occurrences);
        if block.is_prose() {
            for range in block.inline_code() {
                outside(&block.text.part(range), Place::Code, &covered, &mut occurrences);
            }
        }
    }
    variables::collect(occurrences, &assigned, &internal)
}

fn gather(text: &Mapped, place: Place, occurrences: &mut Vec<Occurrence>) {
    occurrences.extend(variables::scan(text.text(), place).into_iter().map(|found| {
        let span = text.span(found.range.clone());
        Occurrence { found, span }
    }));
}

/// Adds what stands outside the commands: those were read with their own rules.
fn outside(text: &Mapped, place: Place, covered: &[Span], occurrences: &mut Vec<Occurrence>) {
    let mut found = Vec::new();
    gather(text, place, &mut found);
    found.retain(|occurrence| {
        let next = covered.partition_point(|command| command.start <= occurrence.span.start);
        next == 0 || occurrence.span.start >= covered[next - 1].end
    });
    occurrences.append(&mut found);
}

/// How a block outside the commands is scanned; source code of programs is not.
fn place(kind: &BlockKind) -> Option<Place> {
    const TEMPLATES: &str = "yaml yml helm jinja jinja2 go-template prometheus promql logql liquid";
    const PROGRAMS: &str = "html xml java javascript js typescript ts go golang python py c cpp csharp rust scala kotlin php perl diff log output css jsx tsx mermaid";
    let listed = |list: &str, name: &str| list.split_whitespace().any(|known| known == name);
    match kind {
        BlockKind::Heading(_) | BlockKind::Break => None,
        BlockKind::Paragraph | BlockKind::Cell => Some(Place::Prose),
        BlockKind::Code(Some(language)) if listed(PROGRAMS, language) && language != "java" => None,
        BlockKind::Code(Some(language)) if listed(TEMPLATES, language) => Some(Place::Template),
        BlockKind::Code(_) => Some(Place::Code),
    }
}

/// What steps are made with.
struct Page<'p> {
    text: &'p str,
    lines: &'p Lines,
    places: &'p Places,
    variables: &'p [Variable],
}

/// Where variables stand: start, end and index of the variable, in order.
struct Places(Vec<(usize, usize, usize)>);

impl Places {
    fn of(variables: &[Variable]) -> Self {
        let mut places: Vec<_> = variables
            .iter()
            .enumerate()
            .flat_map(|(index, variable)| {
                variable.occurrences.iter().map(move |span| (span.start, span.end, index))
            })
            .collect();
        places.sort_unstable();
        Self(places)
    }

    /// The names of the variables that stand within a span, in the order of the list of variables.
    fn within(&self, span: Span, variables: &[Variable]) -> Vec<String> {
        let first = self.0.partition_point(|place| place.0 < span.start);
        let inside =
            self.0[first..].iter().take_while(|place| place.0 < span.end).filter(|place| place.1 <= span.end);
        let indices: BTreeSet<usize> = inside.map(|place| place.2).collect();
        indices.into_iter().map(|index| variables[index].name.clone()).collect()
    }
}

/// Line numbers by byte offset.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Self(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect())
    }

    /// The line of a byte, from 1.
    fn line(&self, at: usize) -> usize {
        self.0.partition_point(|&newline| newline < at) + 1
    }
}
