//! What the verbs of command documentation say of a command. Curated by hand, from the verbs that occur.

/// What a verb speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Effect {
    /// Looks at something.
    Read,
    /// Changes, starts, sends or makes something.
    Write,
    /// Destroys something, or makes it unreachable.
    Destroy,
}

const READ: &str = "\
display list show view print search get check find count compare calculate query describe inspect lookup look locate \
determine identify enumerate examine explain report see read retrieve analyze verify validate lint preview \
measure detect discover compute summarize review output monitor concatenate return highlight sort estimate diff \
visualize grep ping obtain colorize tabulate number page track watch audit";

const WRITE: &str = "\
create start run set open add install update execute build enable send initialize change launch copy write disable \
stop save edit apply download upload upgrade move rename make configure connect register unregister login log \
restore mount unmount push pull clone deploy publish import export generate convert compress archive extract \
decompress unpack replace restart reload resume pause suspend lock unlock commit merge rebase tag attach detach \
switch activate deactivate append insert modify sign encrypt decrypt synchronize sync transfer rotate scale resize \
migrate bind link join leave trigger invoke submit cancel schedule share fork package compile render capture record \
store put fix repair rebuild refactor rollback revert undo turn toggle increase decrease adjust assign unassign grant allow deny \
block unblock ban unban invite accept reject approve close mark subscribe unsubscribe listen serve play boot \
bootstrap flash setup provision promote demote drain cordon uncordon evict enter spawn fetch mirror authenticate \
unset define declare override redirect forward expose transcode optimize minify bundle dump backup back reboot \
kill terminate signal interrupt stage unstage stash checkout cherry-pick amend squash bisect prompt \
uninstall unload load eject wake logout exit quit enqueue dequeue post request press type click speak broadcast flip split combine trim crop \
ignore limit pin unpin authorize refresh register rerun retry replay reindex recompute regenerate reinstall reconfigure reconnect";

const DESTROY: &str = "\
delete destroy purge wipe erase drop shred prune truncate overwrite obliterate uncreate zero nuke reset \
factory-reset shutdown halt poweroff";

/// `Remove` and `clear` destroy what is kept for long, and change what is not.
const REMOVE: &str = "remove clear clean empty discard flush unregister forget format";
const KEPT: &str = "\
file files directory directories folder folders volume volumes disk disks partition partitions database databases \
table tables bucket buckets cluster clusters namespace namespaces snapshot snapshots backup backups data all every \
everything image images device drive filesystem pool pools history repository branch user group account instance \
container containers pod pods node key keys logical physical dataset topic queue stack";

/// Verbs that mostly describe an option (`Enable colors`): they speak for the command only where it holds them too.
const OPTIONS: &str = "\
enable disable set limit ignore define declare prompt turn toggle request press type click boot number adjust format \
replace generate convert open allow increase decrease make switch change append dump load split copy join write \
listen authenticate start save enter activate";

/// Whether the verb speaks for the command only where the command holds it too.
pub(crate) fn is_option(verb: &str) -> bool {
    OPTIONS.split_whitespace().any(|known| known == verb)
}

/// Words that may stand before the verb.
const ADVERBS: &str = "\
also only first then optionally just instead same again further interactive and";

/// The effect of a verb in its base form, given the words behind it. None when it says nothing.
pub(crate) fn effect(verb: &str, behind: &[&str]) -> Option<Effect> {
    let is_in = |list: &str| list.split_whitespace().any(|known| known == verb);
    if is_in(DESTROY) {
        Some(Effect::Destroy)
    } else if is_in(REMOVE) {
        let kept = behind.iter().take(6).any(|word| KEPT.split_whitespace().any(|known| known == *word));
        Some(if kept { Effect::Destroy } else { Effect::Write })
    } else if is_in(WRITE) {
        Some(Effect::Write)
    } else if is_in(READ) {
        Some(Effect::Read)
    } else {
        None
    }
}

/// A word that may stand before the verb and does not change it.
pub(crate) fn is_adverb(word: &str) -> bool {
    ADVERBS.split_whitespace().any(|known| known == word)
        || (word.ends_with("ly")
            && !["apply", "reply", "supply", "multiply", "assembly", "only"].contains(&word))
}

/// Verbs that mean a change wherever they stand in a sentence, in whatever form: they are hardly ever nouns.
const PLAIN: &str = "\
delete remove destroy erase wipe overwrite save write create install uninstall execute kill apply fix store download \
upload modify replace rename move send restart stop terminate append insert generate convert compress extract \
enable disable upgrade refresh configure launch open spawn push commit edit decrypt rewrite reformat correct regenerate \
redirect clean purge rebuild reload deploy publish notify restore retrieve compile mount unmount sync quit invoke serve";

/// The effect of a word deep in a sentence; only of verbs that are hardly ever nouns.
pub(crate) fn plain_effect(word: &str) -> Option<Effect> {
    let base = PLAIN.split_whitespace().find(|verb| is_form(word, verb))?;
    let destroys = ["delete", "destroy", "erase", "wipe", "overwrite", "purge"].contains(&base);
    Some(if destroys { Effect::Destroy } else { Effect::Write })
}

/// `delete`, `deletes`, `deleting`; not `deleted`, which speaks of what has been.
fn is_form(word: &str, verb: &str) -> bool {
    let stem = verb.strip_suffix('e').unwrap_or(verb);
    word == verb
        || word.strip_suffix("ing").is_some_and(|form| {
            form == stem || form.get(..form.len() - 1) == Some(stem) && form.len() > stem.len()
        })
}
