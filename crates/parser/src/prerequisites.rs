//! What a sentence says must hold before starting.

use std::ops::Range;
use std::sync::LazyLock;

use crate::patterns::{Pattern, pattern};
use crate::words::List;

static NEEDS: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:^\W*(?:pre-?\s?req(?:uisite)?s?|requirements?|requires|(?:required )?(?:access|permissions?|tools?|roles?)(?: (?:needed|required))?|needed|needs|voraussetzung(?:en)?|ben(?:ö|oe)tigt|pr(?:é|e)requis|acc(?:è|e)s requis|requisitos?|permisos|zugriff)\W? ?: |\byou(?:'ll| will| must| should| need to| also)? (?:must |need to |should )?(?:have|need|require)\b|\brequires?\b|\b(?:make sure|ensure|be sure|verify|check|confirm)(?: that| whether)? (?:you(?:'re| are)|you have|your (?:laptop|machine|user|account))\b|\b(?:must|need to|should|have to) be (?:on|connected|logged|authenticated|in the|a member|an? admin|root|signed|running as|installed|approved|part of)\b|\bassum(?:e|es|ing) (?:that )?|\b(?:is|are) (?:required|needed|a prerequisite|prerequisites)\b|\bwith (?:sudo|root|admin\w*|cluster-admin) (?:rights|access|permissions?|privileges)\b|\b(?:you(?:'ll| will)? need|we need|one needs)\b|\bonly (?:members|people|administrators|admins|engineers|users)\b[^.]{0,60}\b(?:can|may|are able)\b|\bvous (?:devez|aurez besoin)\b|\bil faut (?:avoir|(?:ê|e)tre|disposer)\b|assurez-vous d'?(?:e )?(?:avoir|(?:ê|e)tre|disposer)|n(?:é|e)cessite\b|\b(?:ben(?:ö|oe)tig\w+|(?:Sie|du|man) brauch\w+|stellen? Sie sicher, dass (?:Sie|du)|vergewissern? (?:Sie sich|dich), dass|vorausgesetzt|erforderlich)|\b(?:necesit\w+|se requiere\w?|requiere|aseg(?:ú|u)r\w+ de (?:tener|estar|que))|\b(?:voc(?:ê|e) precisa|(?:é|e) necess(?:á|a)rio (?:ter|estar)|certifique-se de (?:ter|estar|que)|requer|deve ter)\b|\b(?:bisogna (?:avere|essere)|(?:è|e) necessario (?:avere|essere)|serve)\b|需要(?:有|具备|拥有|先?连接|登录|.{0,30}权限)|请确保(?:已|您|你)|必须(?:拥有|具有|具备|有)|必要です|必要があります|前提とします|\bmake sure (?:that )?you have\b|\bensure (?:that )?you have\b|\bassum(?:es|ing)(?: that)? you(?: have)?\b|\bmust be (?:logged|connected|authenticated|run (?:from|as|on)|executed (?:from|as|on))\b|\bfrom a (?:machine|host|node|server|workstation) (?:with|where|that)\b|\bas an? \w+ (?:admin|administrator)\b|\b(?:you|someone) (?:with|must be) )",
    )
});
/// What can be needed, where the sentence may mean something else.
static KIND: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:access|roles?|permissions?|privileges?|credentials?|rights|vpn|admin(?:istrator)?|account|login|installed|cli|client|tools?|kubeconfig|tokens?|scope|member(?:ship)?|group|profile|logged in|connected|authenticated|backup|sudo|root (?:access|user|rights|privileges|permissions?|password)|as root|cluster-admin|keys?|docker|sdk|terraform|kubectl|helm|ssh|bastion|licen[cs]e|passwords?)\b",
    )
});
/// What can be needed, where the sentence itself says so strongly.
static LOOSE: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:access|roles?|permissions?|privileges?|credentials?|rights|vpn|admin(?:istrator)?s?|accounts?|log ?in|installed|cli|clients?|tools?|kubeconfig|tokens?|scope|member(?:ship)?s?|groups?|profile|logged in|signed in|connected|authenticated|backups?|sudo|root|cluster-admin|keys?|certificates?|network|bastion|jump ?host|laptop|docker|sdk|terraform|kubectl|helm|version|clone[d]?|checkout|repository|approv\w+|mounted|running|configured|enabled|available|ssh|aws|gcloud|passwords?|licen[cs]e|maintenance window|window|window|ticket|change|console)\b|acc(?:è|e)s|droits|compte|connect(?:é|e)|zugriff|zugang|rechte|rolle|konto|angemeldet|verbunden|installiert|acceso|permisos|cuenta|conectado|instalad[oa]|acesso|permiss(?:ã|a)o|conta|accesso|permessi|权限|访问|账号|VPN|证书|密钥|安装|登录|アクセス|権限|接続|アカウント|ログイン|インストール",
    )
});

/// Words before which `you need` and `requires` only tell more of something.
static RELATIVE: List = List::new(
    "which that what who whom whose whatever whether if when where how everything anything all until not everyone anyone one unless",
);

/// A sentence of another language than English is taken as a whole.
fn whole(sentence: &str) -> Option<Range<usize>> {
    let short = sentence.chars().count() <= 240;
    (short && LOOSE.is_match(sentence)).then(|| crate::mapped::trim(sentence, 0..sentence.len()))
}

/// `by assuming the role`, `Assuming sharding is on, scale up`: no requirement of the page.
fn is_deed(rest: &str, before: &str) -> bool {
    static ACTS: List = List::new("by from to of can will could may might must for after before and or");
    ACTS.has(before) || rest.starts_with("Assuming") && rest.contains(", ")
}

/// Whether a sentence states what must hold instead of asking to do something: `make sure you are on the VPN`.
pub(crate) fn is_state(sentence: &str) -> bool {
    STATE.is_match(sentence) && requirement(sentence).is_some()
}

static STATE: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(
        r"(?i)^\W*(?:before (?:you )?(?:begin|start|starting|beginning),? ?)?(?:please )?(?:make sure|ensure|be sure)(?: that)? (?:you(?:'re| are)|you have|your (?:laptop|machine|user|account))\b|^\W*(?:you(?:'ll| will)? need|you must have|requires?|assum(?:es|ing))\b",
    )
});

/// The words of a sentence that name a requirement: what follows `you must have` and the like.
pub(crate) fn requirement(sentence: &str) -> Option<Range<usize>> {
    let found = NEEDS.find(sentence)?;
    let before = sentence[..found.start()].trim_end().rsplit(char::is_whitespace).next().unwrap_or_default();
    let needs = Needs(found.as_str().to_lowercase());
    if RELATIVE.has(before.to_lowercase().as_str())
        || needs.assumes() && is_deed(&sentence[found.start()..], before)
    {
        return None;
    }
    if needs.is_foreign() {
        return whole(sentence);
    }
    let start = if needs.precede() { found.end() } else { 0 };
    let rest = sentence[start..].trim_start();
    let fits = needs.are_named(sentence, rest, start > 0) && !is_aim(sentence, rest);
    (fits && rest.split_whitespace().count() <= 40)
        .then(|| crate::mapped::trim(sentence, start..sentence.len()))
}

/// The words that say that something is needed, in small letters.
struct Needs(String);

impl Needs {
    fn assumes(&self) -> bool {
        self.0.starts_with("assum")
    }

    fn is_foreign(&self) -> bool {
        !self.0.is_ascii() || self.0.contains('\'') && !self.0.contains("you'")
    }

    /// `Access required:`
    fn label(&self) -> bool {
        self.0.trim_end().ends_with(':')
    }

    /// Whether they say so by themselves.
    fn are_plain(&self) -> bool {
        self.label() || self.0.starts_with("requir") || self.assumes()
    }

    /// Whether what is needed stands behind them alone, not in the whole sentence.
    fn precede(&self) -> bool {
        const STATES: [&str; 11] = [
            "sure",
            "ensure",
            "verify",
            "check",
            "confirm",
            " be ",
            "is required",
            "is needed",
            "are required",
            "are needed",
            "prerequisite",
        ];
        let holds = |marks: &[&str]| marks.iter().any(|mark| self.0.contains(mark));
        self.are_plain() || !holds(&STATES) && holds(&["have", "need"])
    }

    /// Whether the rest of the sentence is something that can be needed.
    fn are_named(&self, sentence: &str, rest: &str, behind: bool) -> bool {
        let states = STATE.is_match(sentence);
        let strong = states || self.are_plain();
        let bare = states && behind && sentence.split_whitespace().count() <= 14 && !rest.is_empty();
        bare || if strong { LOOSE.is_match(rest) } else { KIND.is_match(rest) }
    }
}

/// Whether a sentence is about something to do: `you need to restart it`, `if you need …`.
fn is_aim(sentence: &str, rest: &str) -> bool {
    let held = ["to be ", "to have "].iter().any(|state| rest.starts_with(state));
    let conditional = sentence.trim_start().to_lowercase().starts_with("if ");
    conditional || rest.starts_with("to ") && !held
}
