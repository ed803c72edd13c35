//! What a call acts on, as written.

use dd0c_types::ObjectRef;

use crate::call::Call;
use crate::paths;
use crate::report::Scope;
use crate::shell::word::Word;

/// Objects by a rule's `kind:where`:
/// `operands` (all), `first`, `second`, `last`, `rest` (all after the first), `kube` (`kind name…` or `kind/name`),
/// `flag --name`, `key of=`.
pub(crate) fn of(spec: &str, call: &Call<'_>, scope: &Scope<'_>) -> Vec<ObjectRef> {
    let Some((kind, place)) = spec.split_once(':') else { return Vec::new() };
    let words: Vec<&Word<'_>> = call.operand_words().collect();
    let names = match place {
        "operands" => written(&words, scope),
        "first" => written(words.get(..1).unwrap_or_default(), scope),
        "second" => written(words.get(1..2).unwrap_or_default(), scope),
        "rest" => written(words.get(1..).unwrap_or_default(), scope),
        "last" => written(words.last().map(std::slice::from_ref).unwrap_or_default(), scope),
        "kube" => return kube(&words, call, scope),
        _ => keyed(place, call, scope),
    };
    refs(kind, names)
}

fn refs(kind: &str, names: Vec<String>) -> Vec<ObjectRef> {
    let names = names.into_iter().filter(|name| !name.trim().is_empty());
    names.map(|name| ObjectRef { kind: kind.to_owned(), name }).collect()
}

fn written(words: &[&Word<'_>], scope: &Scope<'_>) -> Vec<String> {
    words.iter().map(|word| scope.written(word)).collect()
}

fn keyed(place: &str, call: &Call<'_>, scope: &Scope<'_>) -> Vec<String> {
    let Some((how, names)) = place.split_once(' ') else { return Vec::new() };
    if how == "key" {
        let values = call.operand_words().filter(|word| word.text.starts_with(names));
        return values.map(|word| scope.written(word)[names.len()..].to_owned()).collect();
    }
    let is_named = |name: &str| names.split(' ').any(|want| paths::looks_like(name, want));
    let flags = call.flags.iter().filter(|seen| is_named(&seen.name));
    flags
        .filter_map(|seen| {
            let word = seen.value_word?;
            let text = scope.written(word);
            let own = std::ptr::eq(word, seen.word);
            Some(if own {
                text.split_once('=').map_or(text.clone(), |(_, value)| value.to_owned())
            } else {
                text
            })
        })
        .collect()
}

/// `ns prod`, `ns/prod`, `pods a b`; a whole kind with `--all`; a file with `-f`.
fn kube(words: &[&Word<'_>], call: &Call<'_>, scope: &Scope<'_>) -> Vec<ObjectRef> {
    let Some((first, rest)) = words.split_first() else {
        return refs("file", keyed("flag -f --filename -k --kustomize", call, scope));
    };
    if rest.is_empty() || first.text.contains('/') {
        let slashed = |word: &&Word<'_>| {
            let text = scope.written(word);
            let (kind, name) = text.split_once('/').unwrap_or(("resource", text.as_str()));
            ObjectRef { kind: kind.to_owned(), name: name.to_owned() }
        };
        return words.iter().map(slashed).collect();
    }
    refs(&kind_name(&scope.written(first)), written(rest, scope))
}

/// The usual name of a resource kind.
fn kind_name(kind: &str) -> String {
    let long = match kind.to_ascii_lowercase().as_str() {
        "ns" | "namespaces" => "namespace",
        "po" | "pods" => "pod",
        "deploy" | "deployments" => "deployment",
        "svc" | "services" => "service",
        "no" | "nodes" => "node",
        "pvc" | "persistentvolumeclaims" => "persistentvolumeclaim",
        "pv" | "persistentvolumes" => "persistentvolume",
        "sts" | "statefulsets" => "statefulset",
        _ => return kind.to_owned(),
    };
    long.to_owned()
}
