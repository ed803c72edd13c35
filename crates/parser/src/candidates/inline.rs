//! Commands inside sentences: counted when the sentence tells to run them and they are complete once their
//! placeholders are filled.

use std::ops::Range;
use std::sync::LazyLock;

use super::statement::{Page, Statement, clean};
use super::{prompts, script, shape, sql};
use crate::document::{Block, BlockKind};
use crate::patterns::{Pattern, pattern};
use crate::sentences;
use crate::words;

static RUN_BEFORE: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:run|running|re-?run|execute|executing|issue|issuing|type|typing|enter|try|invoke|invoking|call|calling|use|using|via|with|by|do|doing|perform|launch|start|commands?|ssh|exec|connect|log ?in|check|verify|confirm|apply|avec|lanc(?:er|ez|e)|relanc\w+|ex(?:é|e)cut\w+|utilis\w+|commande|red(?:é|e)marr\w+|connect\w+|v(?:é|e)rifi\w+|tap(?:er|ez)|ausf(?:ü|ue)hren|f(?:ü|ue)hr(?:e|en|t)?|befehls?|mit|starte[nt]?|verwende[nt]?|nutze[nt]?|pr(?:ü|ue)fe?n?|melde|kommando|ejecut\w+|usando|comando|mediante|reinici\w+|con(?:é|e)ct\w+|comprueb\w+|comprob\w+|execut\w+|rod[ae]\w*|digite|com|esegu\w+|lanci\w*|voer|gebruik|uruchom\w*|wykonaj)\b[^.;]{0,80}$|(?:执行|运行|使用|输入|実行|運行|通过|コマンド|命令|выполн|запуст|команд).{0,120}$",
    )
});
static TEMPORAL: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:before|after|when|whenever|while|once|until|upon|during|since|if|every time|as soon as|because|although)\b[^,:;]{0,60}$",
    )
});
static FORBIDDEN: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:never|not|don't|doesn't|can't|won't|shouldn't|mustn't|cannot|avoid|without|instead of|rather than|equivalent (?:of|to)|same as|similar to|like|nicht|nie|niemals|keinesfalls|jamais|ne pas|nunca|jam(?:á|a)s|no (?:ejecut|us|lanc|corr)\w+|n(?:ã|a)o (?:execut|us|rod)\w+|mai|non (?:esegu|us|lanci)\w+|nooit)\b[^,;:]{0,50}$|(?:不要|请勿|禁止|切勿|严禁|不得|绝不|не ).{0,90}$",
    )
});
static DESCRIBED: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:runs|executes|calls|invokes|uses|ran|used|executed|called|triggers|performs|was|were|been|output of|result of|results of|logs of|shown by|reported by|returned by|produced by|done by|created by|see|named|file|directory|flag|option|parameter|variable|alias|which|that|how to (?:use|run|call|execute|invoke)|will run|will execute|would run|automatically)\b[^,;:.]{0,25}$",
    )
});
/// `The pods run …`: someone else does.
static OTHERS_RUN: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)^\W*(?:the|these|those|our|all|both|they|it|most|some) [^,:;.]{0,60}\b(?:run|use|call|execute|start|invoke|try|do)\s*$",
    )
});
static TOLD_TO: LazyLock<Pattern> =
    LazyLock::new(|| pattern(r"(?i)\b(?:to|must|should|please|can|may|you|we|now|then|is|are)\s+\w+\s*$"));
/// `La commande … donne l'état`: what a command does, not that it is to be run.
static THE_COMMAND: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)^\W*(?:the|this|la|le|der|el|il|o|команда) ?(?:command|commande|befehl|comando|script)?\s*$",
    )
});
static TELLS: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)^\s*(?:command |script )?(?:shows?|prints?|gives?|returns?|lists?|tells?|donne|affiche|permet|renvoie|liste|zeigt|gibt|liefert|muestra|devuelve|mostra|exibe|показывает)\b",
    )
});
/// `Only when the owner has a new one: …`: the words before the colon say when.
static WHEN: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)^\W*(?:only (?:if|when|once|after)|if|when|once|then|otherwise|else|finally|afterwards|after that|lastly|next|first)\b",
    )
});
static PROCEEDS: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)^\s*(?:commands?|scripts?|calls?|processe?s?|jobs?)?\s*(?:is|are|was|were|has|had|does|did|fails?|failed|hangs?|exits|took|takes|can't|cannot|didn't|doesn't|may|might|could)\b",
    )
});
static PURPOSE: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)^\s*(?:[-:(]|–|—|：|to\b|and\b|then\b|on\b|from\b|in\b|should\b|will\b|shows?\b|returns?\b|for\b|inside\b|against\b|$|[.,;)])",
    )
});
static NAMED: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)^\s*(?:sub-?commands?|commands?|tools?|utility|cli|binary|script|client|process|job|flag|option|befehl|命令)\b",
    )
});
static UNDO: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:to|can|you may) (?:undo|roll(?: it| this| the change)? ?back|revert|back out)\b[^.;]*$",
    )
});
static AFTER_COLON: LazyLock<Pattern> =
    LazyLock::new(|| pattern(r"^[^\n]*?[^\s:/\d][)\x22'`]?(?::|：)\s+(\S[^\n]*)$"));
static ANNOUNCES: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:run|execute|type|enter|issue|use|try|invoke|commands?|lancer|ejecut\w*|execut\w*|esegui\w*)\b|ex(?:é|e)cut|ausf(?:ü|ue)hren|执行|运行|実行",
    )
});
/// What follows the code in languages whose verb stands at the end.
static RUN_AFTER: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)^\s*(?:コマンド)?(?:を(?:実行|入力|使|打|叩)|で(?:確認|再起動|接続|停止|起動|削除))|^[^.,;]{0,40}\b(?:ausf(?:ü|ue)hren|aus(?:[\s.,;]|$)|eingeben|ein(?:[\s.,;]|$)|uitvoeren|uit(?:[\s.,;]|$))",
    )
});
static WAITS: LazyLock<Pattern> =
    LazyLock::new(|| pattern(r"(?i)\b(?:wait|waiting|poll|repeat)\b.{0,20}\b(?:until|till|for)$"));
static SHOWS: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(r"(?i)^\s*(?:prints?|shows?|returns?|reports?|says?|outputs?|gives?|succeeds?|lists?|is empty)\b")
});
static FORBIDDEN_AFTER: LazyLock<Pattern> =
    LazyLock::new(|| pattern(r"^.{0,90}(?:しないで|しないこと|禁止|ないでください)|^[^.,;]{0,40}\bnicht\b"));

/// The inline commands of a block, in order.
pub(crate) fn statements(block: &Block, page: &Page) -> Vec<Statement> {
    let mut found = Vec::new();
    let ranges: Vec<Range<usize>> = block.inline_code().collect();
    let sentences = if ranges.is_empty() { Vec::new() } else { sentences::ranges(block.text.text()) };
    for range in &ranges {
        if let Some(statement) = candidate(block, range.clone(), &sentences, page) {
            found.push(statement);
        }
    }
    if ranges.is_empty() && block.kind == BlockKind::Paragraph {
        found.extend(after_colon(block, page).or_else(|| in_brackets(block, page)));
    }
    found
}

static BRACKETS: LazyLock<Pattern> = LazyLock::new(|| pattern(r"\(([a-z./~][^()\n]{3,200})\)"));

/// `watch the queue (rabbitmqctl list_queues | grep hooks)` in text that lost its markup.
fn in_brackets(block: &Block, page: &Page) -> Option<Statement> {
    let text = block.text.text();
    let found =
        Some(text).filter(|text| text.contains('(')).and_then(|text| BRACKETS.captures(text))?.get(1)?;
    let before = &text[..found.start()];
    let clause = sentences::last(before);
    let body = found.as_str();
    let fits = sentences::asks(clause) != sentences::Asks::Nothing
        && !FORBIDDEN.is_match(clause.trim_end_matches('('))
        && shape::is_strong_command(body, &|name: &str| page.knows(name))
        && shape::has_shell_sign(body)
        && !shape::is_prose(body);
    fits.then(|| Statement::new(clean(&block.text.part(found.range())), "bash"))
}

/// `Run the following: kubectl get pods` in text that lost its markup.
fn after_colon(block: &Block, page: &Page) -> Option<Statement> {
    let text = block.text.text();
    let start = text.rfind('\n').map_or(0, |at| at + 1);
    let line = &text[start..];
    let found = Some(line)
        .filter(|line| line.contains([':', '：']))
        .and_then(|line| AFTER_COLON.captures(line))?
        .get(1)?;
    let before = &line[..found.start()];
    if FORBIDDEN.is_match(before.trim_end()) {
        return None;
    }
    let asks = ANNOUNCES.is_match(before) || sentences::asks(before) != sentences::Asks::Nothing;
    let known = |name: &str| page.knows(name);
    let body = found.as_str().trim_end();
    let fits = asks
        && shape::is_strong_command(body, &known)
        && shape::has_shell_sign(body)
        && !shape::is_prose(body);
    let range = start + found.start()..start + found.start() + body.len();
    fits.then(|| Statement::new(clean(&block.text.part(range)), "bash"))
}

fn candidate(
    block: &Block,
    range: Range<usize>,
    sentences: &[Range<usize>],
    page: &Page,
) -> Option<Statement> {
    let inner = crate::mapped::trim(block.text.text(), range.clone());
    let content = &block.text.text()[inner.clone()];
    let prompt = prompts::prompt(content);
    let from = prompt.as_ref().map_or(0, |prompt| prompt.length);
    let body = content[from..].trim_start();
    let language = language(body, page)?;
    let context = Context::of(block, &range, sentences);
    if !context.tells_to_run(body, block) || is_partial(body, &context) {
        return None;
    }
    let start = inner.end - body.len();
    let text = clean(&block.text.part(start..inner.end));
    let host = prompt.and_then(|prompt| prompt.context);
    let undoes = UNDO.is_match(context.before);
    (!text.is_blank()).then_some(Statement { context: host, undoes, ..Statement::new(text, language) })
}

/// The language of a complete command; none when it is a name, a path or a part.
fn language(body: &str, page: &Page) -> Option<&'static str> {
    if sql::is_strong(body) && body.split_whitespace().count() >= 3 {
        Some("sql")
    } else if script::is_mongo_strong(body) && body.ends_with([')', ';']) {
        Some("mongo")
    } else if is_cut_short(body) {
        None
    } else if body.split_whitespace().next().is_some_and(shape::is_cmdlet) {
        Some("powershell")
    } else {
        is_complete(body, page).then_some("bash")
    }
}

/// Whether a piece is a whole command of a shell.
fn is_complete(body: &str, page: &Page) -> bool {
    let name = shape::program(body);
    let rest = shape::arguments(body, name);
    if is_path(name) {
        is_call_of_script(name, rest)
    } else if rest.is_empty() && !shape::is_assignment(body) {
        shape::is_complete_alone(name)
    } else {
        shape::is_strong_command(body, &|name: &str| page.knows(name))
            || shape::is_named_command(body)
            || shape::is_flagged_command(body)
    }
}

/// Whether a piece is left open by its author, or too long for a sentence.
fn is_cut_short(body: &str) -> bool {
    body.contains('\n') && body.len() > 400 || body.ends_with("...") || body.ends_with('…')
}

fn is_path(name: &str) -> bool {
    ["./", "/", "~/"].iter().any(|start| name.starts_with(start))
}

/// A script with arguments, or one beside the reader.
fn is_call_of_script(name: &str, rest: &str) -> bool {
    let script = name.ends_with(".sh") || name.ends_with(".py") || name.contains("/bin/");
    name.starts_with("./") || script && !rest.is_empty()
}

/// How far the words around a piece of code are read, in bytes.
const REACH: usize = 600;

/// What stands around a piece of inline code, within its sentence.
struct Context<'t> {
    before: &'t str,
    after: &'t str,
}

impl<'t> Context<'t> {
    fn of(block: &'t Block, range: &Range<usize>, sentences: &[Range<usize>]) -> Self {
        let text = block.text.text();
        let next = sentences.partition_point(|sentence| sentence.start <= range.start);
        let sentence = next.checked_sub(1).map_or(0..text.len(), |at| sentences[at].clone());
        // A sentence without an end is cut: what is far away says nothing, and the work stays linear.
        let mut from = sentence.start.min(range.start).max(range.start.saturating_sub(REACH));
        let mut to = sentence.end.clamp(range.end, (range.end + REACH).max(range.end)).min(text.len());
        while !text.is_char_boundary(from) {
            from += 1;
        }
        while !text.is_char_boundary(to) {
            to -= 1;
        }
        Self { before: &text[from..range.start], after: &text[range.end..to] }
    }

    fn tells_to_run(&self, body: &str, block: &Block) -> bool {
        let before = self.before.trim_end();
        if FORBIDDEN.is_match(before) || FORBIDDEN_AFTER.is_match(self.after) {
            return false;
        }
        if before.chars().all(|c| !c.is_alphanumeric()) {
            return self.opening(block);
        }
        if self.fills_its_line() && sentences::asks(self.before) != sentences::Asks::Nothing {
            return true;
        }
        self.is_waited_for(before) || !self.is_spoken_of(before) && self.is_told(before, body, block)
    }

    /// `Wait until `az … show` prints …`.
    fn is_waited_for(&self, before: &str) -> bool {
        WAITS.is_match(before) && SHOWS.is_match(self.after)
    }

    fn is_spoken_of(&self, before: &str) -> bool {
        THE_COMMAND.is_match(before) && TELLS.is_match(self.after)
            || !is_introduced(before) && is_described(before)
            || !before.ends_with(':') && PROCEEDS.is_match(self.after)
    }

    fn is_told(&self, before: &str, body: &str, block: &Block) -> bool {
        let asks = sentences::asks(self.before) != sentences::Asks::Nothing;
        if block.kind == BlockKind::Cell {
            return ANNOUNCES.is_match(before);
        }
        RUN_BEFORE.is_match(before)
            || RUN_AFTER.is_match(self.after)
            || is_introduced(before)
                && (asks || block.item.is_some() || WHEN.is_match(before) || self.is_enclosed(before))
            || asks && shape::first_word(body) == "export"
    }

    /// The code is all of its line, below the words that ask.
    fn fills_its_line(&self) -> bool {
        let after = self.after.trim_start_matches([' ', '\t']);
        self.before.trim_end_matches([' ', '\t']).ends_with('\n')
            && (after.is_empty() || after.starts_with('\n'))
    }

    /// `you are logged in (`aws sso login`)`: brackets that hold nothing else say how.
    fn is_enclosed(&self, before: &str) -> bool {
        let reader = before.to_lowercase();
        before.ends_with(['(', '（'])
            && self.after.starts_with([')', '）'])
            && (reader.contains("you") || self.after.trim_end().ends_with([':', '：']))
    }

    /// The sentence starts with the code: it is the step itself, or it is described.
    fn opening(&self, block: &Block) -> bool {
        let alone = self.after.chars().all(|c| !c.is_alphanumeric());
        let whole = alone && self.before.len() + self.after.len() <= 8;
        if block.kind == BlockKind::Cell {
            return false;
        }
        if RUN_AFTER.is_match(self.after) {
            return true;
        }
        whole && block.item.is_some()
            || alone && block.marks.len() == 1
            || block.item.is_some() && PURPOSE.is_match(self.after) && !PROCEEDS.is_match(self.after)
    }
}

fn is_introduced(before: &str) -> bool {
    before.ends_with([':', '：', '(', '（'])
}

/// Whether the words before a piece of code speak of it without telling to run it.
fn is_described(before: &str) -> bool {
    DESCRIBED.is_match(before)
        || OTHERS_RUN.is_match(before) && !TOLD_TO.is_match(before)
        || TEMPORAL.is_match(before) && !asks_after_condition(before)
}

/// `If X, run `: the condition is over where the code stands.
fn asks_after_condition(before: &str) -> bool {
    sentences::asks(before) != sentences::Asks::Nothing && {
        let clause = sentences::main_clause(before);
        clause.len() < before.len() && !TEMPORAL.is_match(clause)
            || TEMPORAL.find(before).is_none_or(|found| found.start() == 0 && before.contains(','))
    }
}

/// Verbs that need an object: without one, the code is the name of a command.
const NEED_OPERAND: &str = "get describe logs exec delete apply create edit scale drain cordon uncordon label annotate patch rollout expose \
 port-forward cp attach run build rm rmi inspect start stop restart enable disable ssh install uninstall upgrade rollback import taint untaint \
 state add remove checkout clone revert cherry-pick rebase merge set unset use save restore pull push debug adm top bind-security-group snapshot";
/// Programs whose first argument says it all.
const TARGETS: &str = "make task just rake mage gradle gradlew mvn";
const COMPLETE: &str = "terraform_apply terragrunt_apply tofu_apply git_pull git_push npm_install yarn_install bundle_install composer_install cf_push npm_start npm_build yarn_start yarn_build \
 docker-compose_pull docker-compose_build docker-compose_restart docker-compose_stop docker-compose_start make_install make_build make_run make_restore \
 terraform_get git_restore cargo_build cargo_run go_build";

fn is_partial(body: &str, context: &Context<'_>) -> bool {
    let name = shape::program(body);
    let rest = shape::arguments(body, name);
    let words: Vec<&str> = rest.split_whitespace().collect();
    let plain = !shape::has_shell_sign(body);
    if plain && words.len() <= 2 && NAMED.is_match(context.after) {
        return true;
    }
    match words.as_slice() {
        [verb] => needs_operand(name, verb),
        [_, verb] if plain => matches!(*verb, "save" | "restore" | "create" | "delete" | "set" | "describe"),
        _ => false,
    }
}

/// Whether a program's verb says nothing without an object.
fn needs_operand(name: &str, verb: &str) -> bool {
    let own = words::is_control_program(name) && matches!(verb, "start" | "stop" | "restart");
    let complete = own || words::listed(TARGETS, name) || words::listed(COMPLETE, &format!("{name}_{verb}"));
    words::listed(NEED_OPERAND, verb) && !complete
}
