//! What a section is for, by its heading.

use std::sync::LazyLock;

use crate::patterns::{Pattern, pattern};
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

static PREREQUISITES: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)^\W*(?:\d+[.)]?\s*|(?:第|一|二|三|四|五|六|七|八|九|十){1,4}(?:、|\.|．|章|节|\s)\s*)?(?:pre-?\s?requisites?|requirements?|before (?:you )?(?:begin|start|starting)|preparations?|pre-?flight(?: checks?| checklist)?|what you(?:'ll| will)? need|you will need|needed (?:access|permissions|tools)|(?:required )?(?:access|permissions|tools|tooling)(?: (?:needed|required|and \w+))?|required (?:access|tools|permissions|roles?)|setup requirements|pr(?:é|e)-?requis|avant de (?:commencer|d(?:é|e)buter)|acc(?:è|e)s (?:requis|n(?:é|e)cessaires)|voraussetzung(?:en)?|vorbedingung(?:en)?|bevor (?:sie|du) (?:beginn\w+|anf\w+)|ben(?:ö|oe)tigte \w+|vorbereitung(?:en)?|(?:pre-?)?requisitos?(?: previos| necess(?:á|a)rios)?|prerrequisitos?|pr(?:é|e)-?requisitos?|antes de (?:empezar|comenzar|come(?:ç|c)ar|iniciar)|permisos(?: necesarios)?|prerequisiti|requisiti|prima di (?:iniziare|cominciare)|vereisten|voorwaarden|wymagania(?: wst(?:ę|e)pne)?|требования|предварительные (?:условия|требования)|前提条件|前提|事前準備|事前確認|必要な(?:もの|権限)|準備|先决条件|前置条件|准备工作|准备|必要条件|环境要求|权限要求|前期准备)\W*$",
    )
});
static BACKGROUND: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)^\W*(?:icon:\S+\s*)?(?:\d+[.)]?\s*|(?:第|一|二|三|四|五|六|七|八|九|十){1,4}(?:、|\.|．|章|节|\s)\s*)?(?:meaning|impact|overview|background|introduction|intro|summary|description|about|purpose|scope|symptoms?|severity|context|what is (?:this|it)|why\b.*|what\b.*\?|references?|related(?: links| documents| runbooks)?|see also|links|further reading|table of contents|contents|toc|glossary|terminology|definitions?|ownership|owners?|contacts?|change ?log|history|revision history|architecture|how it works|when to use.*|alert description|causes?|possible causes|false positives?|notes?|r(?:é|e)sum(?:é|e)|contexte|pr(?:é|e)sentation|sympt(?:ô|o)mes?|impact|hintergrund|(?:ü|ue)berblick|zusammenfassung|beschreibung|auswirkung(?:en)?|symptome?|ursachen?|kontext|resumen|contexto|descripci(?:ó|o)n|s(?:í|i)ntomas|impacto|antecedentes|resumo|vis(?:ã|a)o geral|descri(?:ç|c)(?:ã|a)o|panoramica|descrizione|contesto|achtergrond|обзор|описание|概要|背景|説明|影響|症状|原因|参考(?:資料|リンク)?|用語|影响|说明|简介|现象|告警说明|原理|概述|目录|背景|目的|适用范围|参考.*)\W*$",
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
