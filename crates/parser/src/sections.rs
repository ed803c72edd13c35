//! What a section is for, by its heading.

use std::sync::LazyLock;

use regex::Regex;

use crate::patterns::pattern;
/// What a section holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    /// Things to do.
    Work,
    /// What must hold before.
    Prerequisites,
    /// What one should know.
    Background,
}

static PREREQUISITES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^\W*(?:\d+[.)]?\s*)?(?:pre-?\s?requisites?|requirements?|before (?:you )?(?:begin|start|starting)|preparations?|pre-?flight(?: checks?| checklist)?|what you(?:'ll| will)? need|you will need|needed (?:access|permissions|tools)|(?:required )?(?:access|permissions|tools|tooling)(?: (?:needed|required|and \w+))?|required (?:access|tools|permissions|roles?)|setup requirements|prérequis|pré-requis|voraussetzungen|requisitos(?: previos)?|prerequisiti|前提条件|先决条件|准备工作|必要条件)\b\W*$",
    )
});
static BACKGROUND: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^\W*(?:icon:\S+\s*)?(?:\d+[.)]?\s*)?(?:meaning|impact|overview|background|introduction|intro|summary|description|about|purpose|scope|symptoms?|severity|context|what is (?:this|it)|why\b.*|what\b.*\?|references?|related(?: links| documents| runbooks)?|see also|links|further reading|table of contents|contents|toc|glossary|terminology|definitions?|ownership|owners?|contacts?|change ?log|history|revision history|architecture|how it works|when to use.*|alert description|causes?|possible causes|false positives?|notes?|résumé|contexte|概述|目录|背景|目的|适用范围|参考.*)\b\W*$",
    )
});

/// What a section is for, by its heading.
pub(crate) fn of(heading: &str) -> Section {
    if is_prerequisites(heading) {
        Section::Prerequisites
    } else if BACKGROUND.is_match(heading) {
        Section::Background
    } else {
        Section::Work
    }
}

/// Whether a heading, or a line that stands like one, announces prerequisites.
pub(crate) fn is_prerequisites(heading: &str) -> bool {
    PREREQUISITES.is_match(heading.trim())
}
