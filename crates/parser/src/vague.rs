//! Steps on which two competent engineers would do different things, and what to ask their author.

use std::ops::Range;
use std::sync::LazyLock;

use crate::document::{Block, Mark, MarkKind};
use crate::patterns::{Pattern, pattern};
use crate::sentences::{self, Asks};

/// Why a step is vague, and what to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Doubt {
    pub(crate) reason: String,
    pub(crate) question: String,
}

/// The rule for steps that are not written yet.
const UNWRITTEN: usize = 0;
/// The rules for steps that send the reader to a dashboard or another document.
const ELSEWHERE: [usize; 2] = [2, 3];

/// What makes a clause vague.
struct Rule {
    /// The words that ask.
    pattern: LazyLock<Pattern>,
    /// A clause with more words than this says what is meant.
    words: usize,
    reason: &'static str,
    question: &'static str,
}

macro_rules! rule {
    ($words:literal, $pattern:literal, $reason:literal, $question:literal) => {
        Rule {
            pattern: LazyLock::new(|| pattern(concat!("(?i)", $pattern))),
            words: $words,
            reason: $reason,
            question: $question,
        }
    };
}

static RULES: [Rule; 16] = [
    rule!(
        100,
        r"\b(?:todo|tbd|fixme|add command|coming soon|to be (?:written|done|documented))\b",
        "The step is not written yet.",
        "What is to be done here, and with which command?"
    ),
    rule!(
        8,
        r"\b(?:check|see|look (?:at|in|into|through)|inspect|review|examine|read|analy[sz]e|search|tail)\b.*\blogs?\b",
        "It does not say which logs to read, where they are, or what in them matters.",
        "Which logs, read with which command, and which line in them decides what comes next?"
    ),
    rule!(
        24,
        r"\b(?:use|open|check|see|look at|consult|view|visit|monitor)\b.{0,60}\b(?:dashboards?|graphs?|grafana|metrics?|monitoring)\b",
        "It does not say which panel to look at or which value is normal.",
        "Which dashboard and panel, and which value is the limit between well and unwell?"
    ),
    rule!(
        40,
        r"\b(?:refer to|see|consult|follow|read|check)\b.*\b(?:documentation|docs|guide|manual|page|runbook|wiki)\b.*\b(?:how to|troubleshoot\w*|mitigate\w*|resolve\w*|fix\w*|more information)\b",
        "It sends the reader to another document without saying which part to follow.",
        "Which section of that document applies, and which of its steps are to be done?"
    ),
    rule!(
        12,
        r"^\W*(?:\w+ ){0,3}(?:resolve|fix|solve|mitigate|address|remediate|correct|repair|handle|deal with|troubleshoot|debug|diagnose)\b.*\b(?:issues?|problems?|errors?|causes?|it|them|root cause|failures?|situation|underlying \w+)\b",
        "It names the aim, not the way.",
        "How is it resolved: which change, where, with which command?"
    ),
    rule!(
        8,
        r"^\W*(?:\w+ ){0,4}(?:investigate|analy[sz]e|troubleshoot|diagnose|debug|look into|dig into|explore)\b",
        "It does not say what to look at or what would be a finding.",
        "What exactly is to be examined, with which command, and what finding leads to which step?"
    ),
    rule!(
        16,
        r"\b(?:check|verify|ensure|make sure|confirm|validate|test|monitor|see|watch)\b.*\b(?:healthy|health|ok|okay|fine|working|works|up|running|stable|normal|correct|correctly|properly|as expected|available|reachable|active|good|successful|successfully|enough|sufficient|back|recovered)(?:\W*$|\W*[(,;]| (?:or|and|again|now|since|before|after|in)\b)",
        "It does not say how to see it or which result counts as good.",
        "Which command shows it, and what output counts as good?"
    ),
    rule!(
        14,
        r"^\W*(?:\w+ ){0,3}(?:check|verify|ensure|make sure|confirm|validate|test|monitor|see|watch|review|inspect|examine|look)\b.*\b(?:network|connectivity|firewall|policies|policy|configuration|config|settings?|permissions?|performance|load|resources?|infrastructure|cloud provider|status|state|capacity|utili[sz]ation|usage|dependencies|environment)\b",
        "It does not say where to look or which value is expected.",
        "Where is it looked up, and which value is expected?"
    ),
    rule!(
        6,
        r"^\W*(?:\w+ ){0,3}(?:tune|adjust|increase|decrease|reduce|raise|lower|optimi[sz]e|improve|scale|resize|clean ?up|tweak)\b",
        "It does not say by how much or where.",
        "Which setting, in which place, and to which value?"
    ),
    rule!(
        8,
        r"\b(?:contact|notify|escalate|inform|ask|reach out|tell|page|call)\b.*\b(?:team|owner|owners|someone|person|people|support|administrators?|admin|vendor|stakeholders?|on-?call|them)\b",
        "It does not say whom to reach or by which channel.",
        "Who exactly, by which channel, and what do they need to know?"
    ),
    rule!(
        12,
        r"\b(?:if necessary|if needed|if required|as needed|as appropriate|as necessary|where appropriate|accordingly|and so on|some time|a while|etc\.?)(?:\W|$)",
        "It leaves the decision to the reader's judgement.",
        "When exactly is it necessary, and what is done then?"
    ),
    rule!(
        9,
        r"^\W*(?:(?:v(?:é|e)rifi|consult|regard|examin|contr(?:ô|o)l|analys)\w*|(?:(?:ü|Ü|ue)ber)?pr(?:ü|ue)f\w*|schau\w*|kontrollier\w*|sieh|(?:revis|compr(?:ue|o)b|verific|consult|analiz|mir)\w*|(?:verifi|confir|olh|analis|cheq|chec)\w*|(?:controll|guard|verific)\w*|controleer|bekijk|sprawd(?:ź|z)|проверьте|посмотрите|просмотрите|изучите).{0,60}(?:\blogs?\b|journaux|protokolle?\b|registros|journal\b|logi\b|логи|журнал)",
        "It does not say which logs to read, where they are, or what in them matters.",
        "Which logs, read with which command, and which line in them decides what comes next?"
    ),
    rule!(
        6,
        r"^\W*(?:die |das |alle )?(?:logs?|logdateien?|logfiles?|protokolle?)\b.{0,30}\b(?:pr(?:ü|ue)fen|(?:ü|ue)berpr(?:ü|ue)fen|kontrollieren|ansehen|anschauen|durchsehen|sichten|auswerten)\W*$",
        "It does not say which logs to read, where they are, or what in them matters.",
        "Which logs, read with which command, and which line in them decides what comes next?"
    ),
    rule!(
        12,
        r"^\W*(?:(?:v(?:é|e)rifi|contr(?:ô|o)l|assure)\w*|(?:(?:ü|Ü|ue)ber)?pr(?:ü|ue)f\w*|kontrollier\w*|stellen? sicher|(?:compr(?:ue|o)b|verific|aseg(?:ú|u)r|confirm)\w*|(?:verifi|confir|garant)\w*|(?:controll|verific|assicur)\w*)\b.*(?:fonctionn\w+|op(?:é|e)rationnel\w*|correct\w*|normal\w*|funktionier\w+|erreichbar|in ordnung|l(?:ä|ae)uft|funcion\w+|correctamente|disponib\w+|est(?:á|a) bien|funzion\w+|raggiungibile|sant(?:é|e)|gesund|saludable|saud(?:á|a)vel)\W*$",
        "It does not say how to see it or which result counts as good.",
        "Which command shows it, and what output counts as good?"
    ),
    rule!(
        8,
        r"^\W*(?:(?:contact|pr(?:é|e)ven|inform|avert|avis)\w*|kontaktier\w*|informier\w*|benachrichtig\w*|(?:avis|contact|notifi|inform|comuni)\w*|(?:avis|contat|notifi|inform)\w*|avvis\w*|contatt\w*)\b.*\b(?:(?:é|e)quipe|responsables?|team|zust(?:ä|ae)ndig\w+|verantwortlich\w+|equipo|equipe|squadra|responsabile|admin\w*)\W*$",
        "It does not say whom to reach or by which channel.",
        "Who exactly, by which channel, and what do they need to know?"
    ),
    rule!(
        3,
        r"^(?:请|先|再|然后)?(?:检查|查看|分析|排查|查)(?:一下|相关|应用|系统|服务|错误|对应的?)*(?:日志|原因|问题|状态|网络|配置|服务)(?:是否正常|是否有异常|情况)?\W*$|^(?:確認|システム|サービス|アプリ(?:ケーション)?|エラー|の)*ログを(?:確認|調査|見|チェック)|^(?:処理|修复|解决|处理)(?:问题|故障|异常)\W*$|^(?:原因を(?:調査|特定)|問題を解決|状態を確認)",
        "It does not say what to look at, where, or which result counts as good.",
        "Which command shows it, on which object, and what output counts as good?"
    ),
];

impl Rule {
    /// The cheap test goes first: a pattern that is never asked is never compiled.
    fn fits(&self, clause: &str) -> bool {
        clause.split_whitespace().take(self.words + 1).count() <= self.words && self.pattern.is_match(clause)
    }

    fn doubt(&self) -> Doubt {
        Doubt { reason: self.reason.to_owned(), question: self.question.to_owned() }
    }
}

static CONCRETE: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r#"https?://|(?:^|\s)[~/][\w./-]+|\w+\.\w{2,4}\b|\w+[_:]\w+|"[^"]+"|“.{1,200}?”|\b\d+(?:\.\d+)*\b|[@#]\w+|\b[A-Z][a-z]+[A-Z]\w+|--\w+|\bstep \d|\$\w"#,
    )
});
static PLACE: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r#"https?://|"[^"]+"|“.{1,200}?”|\b\d+\b| > |→|\bsection\b|\band (?:note|find|record|pick|copy|write down|compare) \w"#,
    )
});
static BARE_CHANGE: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)^\W*(?:then |next,? |finally,? )?(?:uninstall|install|reinstall|upgrade|downgrade|migrate|configure|reconfigure|rebuild|recover|restore|roll ?back|fail ?over|failover|redeploy|patch|repair|clean ?up)\b",
    )
});

/// Why a step without a command is vague, if it is.
pub(crate) fn doubt(sentence: &str, block: &Block, start: usize) -> Option<Doubt> {
    let line = sentences::collapsed(sentence);
    if RULES[UNWRITTEN].fits(&line) {
        return Some(RULES[UNWRITTEN].doubt());
    }
    let marks = Marks::within(block, &(start..start + sentence.len()));
    // What stands in brackets only adds to the step before it.
    if marks.named || line.starts_with('(') {
        return None;
    }
    let clause = sentences::main_clause(&line);
    // Another document or a dashboard stays vague behind a link: it does not say what to look for there.
    if let Some(index) = ELSEWHERE.into_iter().find(|&index| RULES[index].fits(clause)) {
        return (!PLACE.is_match(sentence)).then(|| RULES[index].doubt());
    }
    if marks.linked || CONCRETE.is_match(sentence) {
        return None;
    }
    by_words(sentence, clause)
}

/// An entry of a list of what is to be looked at: vague when its first words are, and nothing explains them.
pub(crate) fn doubt_of_entry(entry: &str, block: &Block, start: usize) -> Option<Doubt> {
    let first = entry.split_whitespace().take(4).collect::<Vec<_>>().join(" ");
    let vague = !entry.contains('(') && by_words("check", &format!("check {first}")).is_some();
    vague.then(|| doubt(&format!("check {entry}"), block, start)).flatten()
}

/// The doubt about a clause that names nothing.
fn by_words(sentence: &str, clause: &str) -> Option<Doubt> {
    let Some(rule) = RULES.iter().find(|rule| rule.fits(clause)) else {
        let bare = sentence.split_whitespace().count() <= 6 && BARE_CHANGE.is_match(sentence);
        return bare.then(|| Doubt {
            reason: "It names the change, not the way to make it.".to_owned(),
            question: "How is it done: with which command or on which page, and on which object?".to_owned(),
        });
    };
    (sentences::asks(sentence) != Asks::Nothing).then(|| rule.doubt())
}

/// What a sentence is marked with.
struct Marks {
    /// Code or strong words: it names its object.
    named: bool,
    linked: bool,
}

impl Marks {
    fn within(block: &Block, range: &Range<usize>) -> Self {
        let inside = |mark: &&Mark| range.start <= mark.range.start && mark.range.end <= range.end;
        let any = |kind: MarkKind| block.marks.iter().filter(inside).any(|mark| mark.kind == kind);
        Self { named: any(MarkKind::Code) || any(MarkKind::Strong), linked: any(MarkKind::Link) }
    }
}
