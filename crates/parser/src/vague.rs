//! Steps on which two competent engineers would do different things, and what to ask their author.

use std::sync::LazyLock;

use regex::Regex;

use crate::document::{Block, MarkKind};
use crate::patterns::pattern;
use crate::sentences::{self, Asks};

/// Why a step is vague, and what to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Doubt {
    pub(crate) reason: String,
    pub(crate) question: String,
}

/// Pattern of the asking words, the reason, the question.
const RULES: &[(&str, &str, &str)] = &[
    (
        r"\b(?:todo|tbd|fixme|add command|coming soon|to be (?:written|done|documented))\b",
        "The step is not written yet.",
        "What is to be done here, and with which command?",
    ),
    (
        r"\b(?:check|see|look (?:at|in|into|through)|inspect|review|examine|read|analy[sz]e|search|tail)\b.{0,40}\blogs?\b",
        "It does not say which logs to read, where they are, or what in them matters.",
        "Which logs, read with which command, and which line in them decides what comes next?",
    ),
    (
        r"\b(?:use|open|check|see|look at|consult|view|visit|monitor)\b.{0,60}\b(?:dashboards?|graphs?|grafana|metrics?|monitoring)\b",
        "It does not say which panel to look at or which value is normal.",
        "Which dashboard and panel, and which value is the limit between well and unwell?",
    ),
    (
        r"\b(?:refer to|see|consult|follow|read|check)\b.{0,80}\b(?:documentation|docs|guide|manual|page|runbook|wiki)\b.{0,80}\b(?:how to|troubleshoot\w*|mitigate\w*|resolve\w*|fix\w*|more information)\b",
        "It sends the reader to another document without saying which part to follow.",
        "Which section of that document applies, and which of its steps are to be done?",
    ),
    (
        r"\b(?:resolve|fix|solve|mitigate|address|remediate|correct|repair|handle|deal with|troubleshoot|debug|diagnose)\b.{0,40}\b(?:issues?|problems?|errors?|causes?|it|them|root cause|failures?|situation|underlying \w+)\b",
        "It names the aim, not the way.",
        "How is it resolved: which change, where, with which command?",
    ),
    (
        r"\b(?:investigate|analy[sz]e|troubleshoot|diagnose|debug|look into|dig into|explore)\b",
        "It does not say what to look at or what would be a finding.",
        "What exactly is to be examined, with which command, and what finding leads to which step?",
    ),
    (
        r"\b(?:check|verify|ensure|make sure|confirm|validate|test|monitor|see|watch)\b.{0,80}\b(?:healthy|health|ok|okay|fine|working|works|up|running|stable|normal|correct|correctly|properly|as expected|available|reachable|active|good|successful|successfully|enough|sufficient|back|recovered)\b",
        "It does not say how to see it or which result counts as good.",
        "Which command shows it, and what output counts as good?",
    ),
    (
        r"\b(?:network|connectivity|firewall|policies|policy|configuration|config|settings?|permissions?|performance|load|resources?|infrastructure|cloud provider|status|state|capacity|utili[sz]ation|usage|dependencies|environment)\b",
        "It does not say where to look or which value is expected.",
        "Where is it looked up, and which value is expected?",
    ),
    (
        r"\b(?:tune|adjust|increase|decrease|reduce|raise|lower|optimi[sz]e|improve|scale|resize|clean ?up|tweak)\b",
        "It does not say by how much or where.",
        "Which setting, in which place, and to which value?",
    ),
    (
        r"\b(?:contact|notify|escalate|inform|ask|reach out|tell|page|call)\b.{0,60}\b(?:team|owner|owners|someone|person|people|support|administrators?|admin|vendor|stakeholders?|on-?call|them)\b",
        "It does not say whom to reach or by which channel.",
        "Who exactly, by which channel, and what do they need to know?",
    ),
    (
        r"\b(?:if necessary|if needed|if required|as needed|as appropriate|as necessary|where appropriate|accordingly|and so on|some time|a while|etc\.?)(?:\W|$)",
        "It leaves the decision to the reader's judgement.",
        "When exactly is it necessary, and what is done then?",
    ),
];

static COMPILED: LazyLock<Vec<Regex>> =
    LazyLock::new(|| RULES.iter().map(|(source, _, _)| pattern(&format!("(?i){source}"))).collect());
static CONCRETE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"https?://|(?:^|\s)[~/][\w./-]+|\w+\.\w{2,4}\b|\w+[_:]\w+|"[^"]+"|“[^”]+”|\b\d+(?:\.\d+)*\b|[@#]\w+|\b[A-Z][a-z]+[A-Z]\w+|--\w+|\bstep \d|\$\w"#,
    )
});
static PLACE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"https?://|"[^"]+"|“[^”]+”|\b\d+\b| > |→|\bsection\b"#));
static BARE_CHANGE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^\W*(?:then |next,? |finally,? )?(?:uninstall|install|reinstall|upgrade|downgrade|migrate|configure|reconfigure|rebuild|recover|restore|roll ?back|fail ?over|failover|redeploy|patch|repair|clean ?up)\b",
    )
});

/// Why a step without a command is vague, if it is.
pub(crate) fn doubt(sentence: &str, block: &Block, start: usize) -> Option<Doubt> {
    let asks = sentences::asks(sentence);
    let line = sentences::collapsed(sentence);
    let range = start..start + sentence.len();
    let marked = |kind: MarkKind| {
        block
            .marks
            .iter()
            .any(|mark| mark.kind == kind && range.start <= mark.range.start && mark.range.end <= range.end)
    };
    let unwritten = COMPILED[0].is_match(&line);
    if unwritten {
        return Some(of_rule(0));
    }
    let named = marked(MarkKind::Code) || marked(MarkKind::Strong) || CONCRETE.is_match(sentence);
    let linked = marked(MarkKind::Link);
    let words = sentence.split_whitespace().count();
    let rule = COMPILED.iter().position(|rule| rule.is_match(sentences::main_clause(&line)));
    match rule {
        // Another document or a dashboard stays vague behind a link: it does not say what to look for there.
        Some(index @ (2 | 3))
            if !marked(MarkKind::Code) && !marked(MarkKind::Strong) && !PLACE.is_match(sentence) =>
        {
            Some(of_rule(index))
        }
        Some(index) if !named && !linked && asks != Asks::Nothing => Some(of_rule(index)),
        None if !named && !linked && words <= 6 && BARE_CHANGE.is_match(sentence) => Some(Doubt {
            reason: "It names the change, not the way to make it.".to_owned(),
            question: "How is it done: with which command or on which page, and on which object?".to_owned(),
        }),
        _ => None,
    }
}

fn of_rule(index: usize) -> Doubt {
    let (_, reason, question) = RULES[index];
    Doubt { reason: reason.to_owned(), question: question.to_owned() }
}
