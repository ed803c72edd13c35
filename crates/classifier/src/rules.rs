//! The deny-list: runs every rule of a program over a call.

use dd0c_types::classification::CommandSpan;
use dd0c_types::{Finding, ObjectRef};

use crate::call::{Call, Seen, path_fits};
use crate::object;
use crate::paths;
use crate::report::{Origin, Report, Scope};
use crate::shell::text::OPAQUE;
use crate::table::{RULES, Rule, Target, is_among};

/// Adds a finding for each rule that speaks of this call.
pub(crate) fn run(name: &str, call: &Call<'_>, scope: &Scope<'_>, report: &mut Report) {
    for rule in call.program.rules.iter().filter_map(|&at| RULES.get(at)) {
        if rule.programs.contains(&name) && fits(rule, call) {
            let objects = object::of(rule.object, call, scope);
            report.find(finding(rule, name, call, scope, objects.first().cloned()));
            for object in objects {
                report.object(rule.risk, object);
            }
        }
    }
}

fn finding(
    rule: &Rule,
    name: &str,
    call: &Call<'_>,
    scope: &Scope<'_>,
    object: Option<ObjectRef>,
) -> Finding {
    let safer = safer(rule, name, object.as_ref(), (call, scope));
    Finding {
        rule: rule.id.to_owned(),
        risk: rule.risk,
        span: span(call, scope),
        why: rule.why.to_owned(),
        safer,
        rollback: rollback(rule, call, scope),
        object,
        effect: Some(rule.effect),
    }
}

/// What to do instead, with the call's own names in it. None where a name would not do there: what is appended to a
/// pattern or to a value that is not known names something else.
fn safer(
    rule: &Rule,
    name: &str,
    object: Option<&ObjectRef>,
    (call, scope): (&Call<'_>, &Scope<'_>),
) -> Option<String> {
    let named = object.map_or("…", |object| object.name.as_str());
    let is_plain = named.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-+,@:".contains(&byte));
    if rule.safer.is_empty() || rule.safer.contains("{object}.") && !is_plain {
        return None;
    }
    let namespace = call.flags.iter().find(|flag| matches!(&*flag.name, "-n" | "--namespace"));
    let namespace = namespace.and_then(|flag| flag.value.as_deref()).filter(|value| !value.contains(OPAQUE));
    let namespace = namespace.map(|value| format!("-n {value}"));
    let operands = call.operand_words().map(|word| scope.written(word));
    let operands: Vec<String> = operands.chain(namespace).collect();
    let filled = rule.safer.replace("{operands}", &operands.join(" "));
    Some(filled.replace("{object}", named).replace("{program}", name))
}

/// From the program to the end of its last word, without what it carries.
fn span(call: &Call<'_>, scope: &Scope<'_>) -> CommandSpan {
    let last = call.carried.unwrap_or(call.words.len()).saturating_sub(1);
    let last = last.max(call.verb_words.last().copied().unwrap_or(0));
    let (start, end) = (call.words[0].start, call.words[last].end);
    // Words of a heredoc or from behind a redirection may stand before the program.
    scope.span(start.min(end), end.max(call.words[0].end))
}

fn fits(rule: &Rule, call: &Call<'_>) -> bool {
    verb_fits(rule, call)
        && rule.flags.iter().all(|group| has_any(call, group))
        && !rule.without.iter().any(|group| has_any(call, group))
        && operands_fit(rule, call)
        && target_fits(rule.target, call)
}

fn operands_fit(rule: &Rule, call: &Call<'_>) -> bool {
    call.operands.len() >= rule.least
        && (rule.kinds.is_empty() || kind_fits(rule, call))
        && (rule.operands.is_empty() || operand_fits(rule, call))
        && (!rule.opaque || call.operand(0).is_some_and(|word| kind_of(&word.text).contains(OPAQUE)))
}

fn verb_fits(rule: &Rule, call: &Call<'_>) -> bool {
    if rule.verbs.is_empty() {
        return true;
    }
    let words: Vec<&str> = call.plain.iter().map(|&at| call.words[at].literal().unwrap_or("\u{1}")).collect();
    // With an unknown flag, a word may be its value: look for the verb further on as well.
    let starts = if call.uncertain { words.len().min(8) } else { 1 };
    let fold = call.program.fold;
    rule.verbs.iter().any(|path| {
        (0..starts).any(|from| {
            let words = words.get(from..).unwrap_or_default();
            path_fits(path, words, fold).is_some_and(|count| list_fits(rule, &words[..count]))
        })
    })
}

fn list_fits(rule: &Rule, words: &[&str]) -> bool {
    (rule.among.is_empty() || is_among(rule.among, words)) && !is_among(rule.not_among, words)
}

fn has_any(call: &Call<'_>, group: &[&str]) -> bool {
    group.iter().any(|want| has_flag(call, want))
}

fn has_flag(call: &Call<'_>, want: &str) -> bool {
    let (name, value) = match want.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (want, None),
    };
    call.flags.iter().any(|seen| is_flag(seen, name) && value.is_none_or(|value| has_value(seen, value)))
}

/// The flag itself, or an abbreviation of a long one.
fn is_flag(seen: &Seen<'_>, name: &str) -> bool {
    seen.name == name || (seen.spec.is_none() && seen.name.len() > 3 && name.starts_with(&seen.name))
}

fn has_value(seen: &Seen<'_>, pattern: &str) -> bool {
    let value = seen.value.as_deref().unwrap_or_default();
    pattern.split('|').any(|pattern| paths::looks_like(value, pattern))
}

fn kind_of(operand: &str) -> &str {
    operand.split('/').next().unwrap_or(operand)
}

fn kind_fits(rule: &Rule, call: &Call<'_>) -> bool {
    let looked_at = if call.uncertain { call.operands.len() } else { call.operands.len().min(1) };
    call.operand_words().take(looked_at).any(|word| {
        word.text.split(',').map(kind_of).any(|kind| {
            let kind = kind.split('.').next().unwrap_or(kind);
            rule.kinds.iter().any(|want| kind.eq_ignore_ascii_case(want))
        })
    }) || (call.operands.len() > 1
        && call.operand_words().any(|word| {
            word.text.contains('/')
                && rule.kinds.iter().any(|want| kind_of(&word.text).eq_ignore_ascii_case(want))
        }))
}

fn operand_fits(rule: &Rule, call: &Call<'_>) -> bool {
    call.operand_words()
        .any(|word| rule.operands.iter().any(|pattern| paths::looks_like(&word.text, pattern)))
}

fn target_fits(target: Target, call: &Call<'_>) -> bool {
    match target {
        Target::Any => true,
        Target::CriticalLast => {
            call.operand_words().last().is_some_and(|word| paths::is_critical(&word.text))
        }
        Target::Critical => call.operand_words().any(|word| paths::is_critical(&word.text)),
    }
}

/// `stop=>start`: the command as written with its verb exchanged. Only where nothing else is in the command.
fn rollback(rule: &Rule, call: &Call<'_>, scope: &Scope<'_>) -> Option<String> {
    let (from, to) = rule.rollback.split_once("=>")?;
    let Origin::Top { original, .. } = &scope.origin else { return None };
    let word = call.words.iter().skip(1).find(|word| word.text == from)?;
    let span = scope.span_of(word);
    (original.get(span.start..span.end)? == from)
        .then(|| format!("{}{to}{}", &original[..span.start], &original[span.end..]))
}
